import { InvalidArgumentError, Option } from 'commander';

/** Reads a whole number of at least one. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return Number(text);
}

/** For lists that may be long. */
export const newestOption = (): Option =>
  new Option('--newest <n>', 'only this many, the newest ones').argParser(wholeNumber);
