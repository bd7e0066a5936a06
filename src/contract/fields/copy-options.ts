import { z } from 'zod';

const atLeastOne = (description: string) =>
  z
    .int({ error: 'a whole number over 0' })
    .positive({ error: 'a whole number over 0' })
    .optional()
    .describe(description);

const ownBusiness = (why: string) =>
  z
    .never({ error: `nothing: ${why}` })
    .optional()
    .describe(`Not to be given: ${why}.`);

const KEEPS_VALUES = 'Kalpa sets it so that every value comes back as it was';
const KEEPS_ROWS = 'a dump holds every row of a table, and a load takes every row of the dump';
const OWN_FILES = 'files of the shell are of the worker, not of the operator';

const DELIMITER_FORM = 'one character that is no quote, backslash, letter, digit, line end or NUL';
const NULL_FORM =
  'a text that no value is printed as: a backslash and then a character other than a backslash, n, r, t and x, such as "\\N"';

/**
 * Options of `COPY`, by their names in the documentation of `ycqlsh`. Accepted are those that set its speed, and of the
 * others those that can't change the restored values.
 */
export const copyOptions = z.strictObject({
  DELIMITER: z
    .string({ error: DELIMITER_FORM })
    .regex(/^[^"\\\w\r\n\0]$/, { error: DELIMITER_FORM })
    .optional()
    .describe('Between the fields in the bucket. Default: a comma.'),
  NULL: z
    .string({ error: NULL_FORM })
    .max(40, { error: NULL_FORM })
    .regex(/^\\[^\\nrtx"\r\n\0][^\\"\r\n\0]*$/, { error: NULL_FORM })
    .optional()
    .describe(
      'The text for null in the bucket. Default: a text with control characters, which no value is printed as.',
    ),
  HEADER: z.literal(true, { error: 'true: the first line has the names of the columns' }).optional(),
  PAGESIZE: atLeastOne('Rows that the dump reads at a time. Default of the shell: 1,000.'),
  PAGETIMEOUT: atLeastOne('Seconds that the dump waits for a page.'),
  MAXREQUESTS: atLeastOne('Requests of the dump at a time. Default of the shell: 6.'),
  MAXATTEMPTS: atLeastOne('How often a page or a batch is tried. Default of the shell: 5.'),
  NUMPROCESSES: atLeastOne('Processes of the shell. Default of the shell: the cores less one, at most 16.'),
  CHUNKSIZE: atLeastOne('Rows that a process of the load gets at a time. Default of the shell: 5,000.'),
  INGESTRATE: atLeastOne('Rows a second of the load at most. Default: 100,000; that of the shell is 1,000.'),
  MAXBATCHSIZE: atLeastOne('Rows in a batch of the load at most. Default of the shell: 20.'),
  MINBATCHSIZE: atLeastOne('Rows in a batch of the load at least. Default of the shell: 10.'),
  QUOTE: ownBusiness(KEEPS_VALUES),
  ESCAPE: ownBusiness(KEEPS_VALUES),
  DOUBLEPRECISION: ownBusiness(KEEPS_VALUES),
  FLOATPRECISION: ownBusiness(KEEPS_VALUES),
  DATETIMEFORMAT: ownBusiness(KEEPS_VALUES),
  BOOLSTYLE: ownBusiness(KEEPS_VALUES),
  DECIMALSEP: ownBusiness(KEEPS_VALUES),
  THOUSANDSSEP: ownBusiness(KEEPS_VALUES),
  ENCODING: ownBusiness(KEEPS_VALUES),
  TTL: ownBusiness(KEEPS_VALUES),
  PREPAREDSTATEMENTS: ownBusiness(KEEPS_VALUES),
  BEGINTOKEN: ownBusiness(KEEPS_ROWS),
  ENDTOKEN: ownBusiness(KEEPS_ROWS),
  MAXOUTPUTSIZE: ownBusiness(KEEPS_ROWS),
  MAXROWS: ownBusiness(KEEPS_ROWS),
  SKIPROWS: ownBusiness(KEEPS_ROWS),
  SKIPCOLS: ownBusiness(KEEPS_ROWS),
  MAXPARSEERRORS: ownBusiness(KEEPS_ROWS),
  MAXINSERTERRORS: ownBusiness(KEEPS_ROWS),
  CONFIGFILE: ownBusiness(OWN_FILES),
  ERRFILE: ownBusiness(OWN_FILES),
  RATEFILE: ownBusiness(OWN_FILES),
  REPORTFREQUENCY: ownBusiness(OWN_FILES),
});

export type CopyOptions = z.output<typeof copyOptions>;

/** Options that set the speed of a dump. */
export const DUMP_SPEED = ['PAGESIZE', 'PAGETIMEOUT', 'MAXREQUESTS', 'MAXATTEMPTS', 'NUMPROCESSES'] as const;
/** Options that set the speed of a load. */
export const LOAD_SPEED = [
  'CHUNKSIZE',
  'INGESTRATE',
  'MAXBATCHSIZE',
  'MINBATCHSIZE',
  'MAXATTEMPTS',
  'NUMPROCESSES',
] as const;
