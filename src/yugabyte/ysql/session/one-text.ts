/** Whatever a session, role or database sets, a value has one text. */
export const ONE_TEXT = [
  "TimeZone = 'UTC'",
  "DateStyle = 'ISO, MDY'",
  "IntervalStyle = 'postgres'",
  'extra_float_digits = 3',
  "bytea_output = 'hex'",
  "lc_monetary = 'C'",
  "xmloption = 'content'",
];
