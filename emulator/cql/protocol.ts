import type { KeyspaceDescription } from './catalog/describe';
import type { CqlError } from './errors';
import type { CqlResult } from './run/result';
import type { UserType } from './values/types';
import type { Stored } from './values/values';

/**
 * The private protocol between the emulator's ycqlsh and its YCQL port: one JSON object a line, each way. The first
 * request is `hello`.
 */
export type CqlRequest =
  | { op: 'hello'; user?: string; password?: string }
  | { op: 'cql'; text: string }
  | { op: 'describe' }
  /** Answered by `page` replies, then `end`. Without columns: all. */
  | { op: 'read'; keyspace: string; table: string; columns: string[]; pageRows: number }
  | { op: 'write'; keyspace: string; table: string; columns: string[]; rows: Stored[][]; ttlSeconds?: number };

export type CqlReply =
  | { reply: 'welcome'; release: string }
  | { reply: 'refused'; reason: string }
  | { reply: 'result'; result: CqlResult }
  | { reply: 'error'; kind: CqlError['kind']; message: string }
  | { reply: 'described'; keyspaces: KeyspaceDescription[] }
  | { reply: 'page'; rows: Stored[][] }
  | { reply: 'end' }
  /** Rows that were refused, by their place in the request. */
  | { reply: 'written'; failed: { at: number; message: string }[] };

/** What both sides of a COPY know of a table. */
export interface CopyTable {
  keyspace: string;
  name: string;
  columns: { name: string; type: string }[];
  /** Names of the key's columns. */
  key: string[];
  types: UserType[];
}

/** Takes bytes, calls back with each line. */
export function lineReader(onLine: (line: string) => void): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  return (chunk) => {
    let from = 0;
    for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, from)) {
      const line = Buffer.concat([...parts, chunk.subarray(from, at)]).toString('utf8');
      parts = [];
      from = at + 1;
      onLine(line);
    }
    if (from < chunk.length) parts.push(chunk.subarray(from));
  };
}
