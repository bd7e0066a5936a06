import { BytesReader } from './bytes';

/** A value that is bound: its bytes, null, or "not set". */
type Value = Buffer | null | undefined;

/**
 * Parameters of QUERY, EXECUTE and BATCH (native_protocol_v4.spec, section 4.1.4). YugabyteDB treats every consistency
 * level except ONE as strong.
 */
export interface Parameters {
  values: Value[];
  /** Names of `values`, if they are named. */
  names?: string[];
  skipMetadata: boolean;
  pageRows?: number;
  pagingState?: Buffer;
}

const FLAGS = {
  values: 0x01,
  skipMetadata: 0x02,
  pageSize: 0x04,
  pagingState: 0x08,
  serialConsistency: 0x10,
  timestamp: 0x20,
  names: 0x40,
} as const;

export function readParameters(reader: BytesReader): Parameters {
  reader.short(); // consistency
  const flags = reader.byte();
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const { values, names } = has(FLAGS.values) ? readValues(reader, has(FLAGS.names)) : { values: [], names: undefined };
  const pageRows = has(FLAGS.pageSize) ? reader.int() : 0;
  const pagingState = has(FLAGS.pagingState) ? reader.bytes() : undefined;
  if (has(FLAGS.serialConsistency)) reader.short();
  if (has(FLAGS.timestamp)) reader.long();
  return {
    values,
    ...(names ? { names } : {}),
    skipMetadata: has(FLAGS.skipMetadata),
    ...(pageRows > 0 ? { pageRows } : {}),
    ...(pagingState ? { pagingState } : {}),
  };
}

function readValues(reader: BytesReader, named: boolean): { values: Value[]; names: string[] | undefined } {
  const values: Value[] = [];
  const names: string[] = [];
  for (let left = reader.short(); left > 0; left -= 1) {
    if (named) names.push(reader.string());
    values.push(reader.bytes());
  }
  return { values, names: named ? names : undefined };
}

/** One statement of a BATCH. */
export interface BatchStatement {
  /** The text, or the id of a prepared one. */
  statement: string | Buffer;
  values: Value[];
}

export function readBatch(body: Buffer): BatchStatement[] {
  const reader = new BytesReader(body);
  reader.byte(); // logged, unlogged or counter, which YugabyteDB treats alike
  return Array.from({ length: reader.short() }, () => ({
    statement: reader.byte() === 1 ? reader.shortBytes() : reader.longString(),
    values: Array.from({ length: reader.short() }, () => reader.bytes()),
  }));
}

/** The client's answer to PasswordAuthenticator: `\0user\0password`. */
export function readLogin(body: Buffer): { user: string; password: string } {
  const token = new BytesReader(body).bytes() ?? Buffer.alloc(0);
  const [, user = '', password = ''] = token.toString('utf8').split('\0');
  return { user, password };
}
