import { microsOfHybridTime, microsOfPrintedTime } from '../../src/yugabyte/micros';

it.each([
  ['2024-08-09 21:42:16.451974', '1723239736451974'],
  ['2021-04-28T13:35:32.499002+0000', '1619616932499002'],
  ['2024-08-09 21:42:16', '1723239736000000'],
  ['2024-08-09 21:42:16.5', '1723239736500000'],
  ['2112-09-17 23:53:47.370495', undefined],
  ['', undefined],
  [undefined, undefined],
  ['soon', undefined],
])('the printed time %s is %s µs', (printed, micros) => expect(microsOfPrintedTime(printed)).toBe(micros));

it('a hybrid time loses its logical counter', () =>
  expect(microsOfHybridTime((1723239736451974n << 12n) | 4095n)).toBe('1723239736451974'));
