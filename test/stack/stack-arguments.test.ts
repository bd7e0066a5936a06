import { readArguments, UsageError } from '../../stack/arguments';

it('reads what npm start takes', () => {
  expect(readArguments([])).toEqual({ once: false, tour: true, help: false });
  expect(readArguments(['--once', '--dialect', '2.6'])).toEqual({
    once: true,
    tour: true,
    help: false,
    dialect: '2.6',
  });
  expect(readArguments(['--no-tour'])).toEqual({ once: false, tour: false, help: false });
});

it.each([
  [['--dialect', '2.8'], /--dialect takes 2\.6, 2\.14, .* or 2026\.1, not "2\.8"/],
  [['--ones'], /--ones.*Usage: npm start/s],
  [['tour'], /tour.*Usage: npm start/s],
  [['--dialect'], /--dialect.*Usage: npm start/s],
])('refuses %j and says how it is meant', (argv, message) => {
  expect(() => readArguments(argv)).toThrow(UsageError);
  expect(() => readArguments(argv)).toThrow(message);
});
