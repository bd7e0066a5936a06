import type { Release } from '../releases';

/** What a started script knows about its cluster. */
const setting = (name: string): string => process.env[`EMULATOR_${name}`] ?? '';

export const settings = {
  dialect: setting('DIALECT') as Release,
  release: setting('RELEASE'),
  master: setting('MASTER'),
  control: setting('CONTROL'),
  ycql: setting('YCQL'),
};
