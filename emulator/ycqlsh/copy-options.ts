import type { CsvDialect } from './python-csv';

export interface CopyOptions extends CsvDialect {
  header: boolean;
  nullText: string;
  floatPrecision: number;
  doublePrecision: number;
  dateTimeFormat: string;
  booleans: readonly [string, string];
  pageRows: number;
  chunkRows: number;
  /** Rows a second of COPY FROM; 0: unlimited. */
  ingestRate: number;
  maxRows: number;
  skipRows: number;
  skipColumns: string[];
  ttlSeconds?: number;
}

const BOTH = [
  'delimiter',
  'quote',
  'escape',
  'header',
  'null',
  'datetimeformat',
  'boolstyle',
  'encoding',
  'maxattempts',
  'reportfrequency',
  'decimalsep',
  'thousandssep',
  'numprocesses',
  'configfile',
  'ratefile',
];
const ONLY = {
  to: [
    'pagesize',
    'pagetimeout',
    'maxrequests',
    'maxoutputsize',
    'floatprecision',
    'doubleprecision',
    'begintoken',
    'endtoken',
  ],
  from: [
    'chunksize',
    'ingestrate',
    'maxbatchsize',
    'minbatchsize',
    'maxrows',
    'skiprows',
    'skipcols',
    'maxparseerrors',
    'maxinserterrors',
    'errfile',
    'preparedstatements',
    'ttl',
  ],
} as const;

/** What stands behind WITH, lower-case names. Throws an `Error` with the shell's words. */
export function copyOptions(given: ReadonlyMap<string, string>, direction: 'to' | 'from'): CopyOptions {
  const unknown = [...given.keys()].filter(
    (name) => !BOTH.includes(name) && !(ONLY[direction] as readonly string[]).includes(name),
  );
  if (unknown.length > 0)
    throw new Error(
      `Unrecognized COPY ${direction.toUpperCase()} options: ${unknown.map((name) => name.toUpperCase()).join(', ')}`,
    );
  const text = (name: string, otherwise: string): string => given.get(name) ?? otherwise;
  const number = (name: string, otherwise: number): number => {
    const value = Number(text(name, String(otherwise)));
    if (!Number.isInteger(value)) throw new Error(`Invalid integer value for ${name.toUpperCase()}: ${text(name, '')}`);
    return value;
  };
  const quote = text('quote', '"');
  const escape = text('escape', '\\');
  const [yes = 'True', no = 'False'] = text('boolstyle', 'True,False').split(',');
  const ttl = given.get('ttl');
  return {
    delimiter: text('delimiter', ','),
    quote,
    ...(escape === quote ? {} : { escape }),
    header: /^(?:true|1|yes)$/i.test(text('header', 'false')),
    nullText: text('null', ''),
    floatPrecision: number('floatprecision', 5),
    doublePrecision: number('doubleprecision', 12),
    dateTimeFormat: text('datetimeformat', '%Y-%m-%d %H:%M:%S.%f%z'),
    booleans: [yes.trim(), no.trim()],
    pageRows: number('pagesize', 1_000),
    chunkRows: number('chunksize', 5_000),
    ingestRate: number('ingestrate', 1_000),
    maxRows: number('maxrows', -1),
    skipRows: number('skiprows', 0),
    skipColumns: text('skipcols', '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
    ...(ttl === undefined ? {} : { ttlSeconds: Number(ttl) }),
  };
}
