/** What the script that was started knows of its cluster. */
const setting = (name: string): string => process.env[`EMULATOR_${name}`] ?? '';

export const settings = {
  dialect: setting('DIALECT'),
  release: setting('RELEASE'),
  master: setting('MASTER'),
  control: setting('CONTROL'),
  ycql: setting('YCQL'),
  pgBin: setting('PG_BIN'),
  pgHost: setting('PG_HOST'),
  pgPort: setting('PG_PORT'),
  pgUser: setting('PG_USER'),
};

/** YugabyteDB's own number of the PostgreSQL inside: `15.2-YB-2025.1.1.0-emulator`. */
export const ysqlVersion = (): string =>
  `${settings.dialect === '2.6' ? '11.2' : '15.2'}-YB-${settings.release}-emulator`;

export const asksVersion = (argv: readonly string[]): boolean =>
  argv.includes('--version') || argv.includes('-V') || argv.includes('-version');
