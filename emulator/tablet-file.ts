import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeDurably } from './write-durably';

/**
 * An immutable SST-like file of one replica: a header line that names the replica (so the bytes of replicas differ), one
 * JSON line a change, and a last line with the SHA-256 of everything before it.
 */
export interface TabletFile {
  header: { peer: string; tablet: string; fromLsn: string; toLsn: string };
  records: ChangeRecord[];
}

/** `c`: column names that the following rows have; `i`, `d`: a row in, a row out; `t`: truncated. */
export type ChangeRecord =
  { c: string[]; k: number[] } | { i: (string | null)[] } | { d: (string | null)[] } | { t: 1 };

export class DamagedFile extends Error {
  override readonly name = 'DamagedFile';
}

export function encodeRecords(records: readonly ChangeRecord[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}

export function writeTabletFile(file: string, header: TabletFile['header'], body: string): void {
  const content = `${JSON.stringify(header)}\n${body}`;
  writeDurably(file, `${content}#${createHash('sha256').update(content).digest('hex')}\n`);
}

/** Reads and checks a file. Throws `DamagedFile`. */
export function readTabletFile(file: string): TabletFile {
  const text = readFileSync(file, 'utf8');
  const end = text.lastIndexOf('#');
  const content = text.slice(0, end);
  if (end === -1 || text.slice(end + 1).trim() !== createHash('sha256').update(content).digest('hex'))
    throw new DamagedFile(`${file}: bad block checksum`);
  const [header = '', ...lines] = content.split('\n');
  return {
    header: JSON.parse(header) as TabletFile['header'],
    records: lines.filter((line) => line !== '').map((line) => JSON.parse(line) as ChangeRecord),
  };
}

/** The rows that the records leave, in order of arrival; duplicates stay where the table has no key. */
export function replay(files: readonly TabletFile[]): { columns: string[]; row: (string | null)[] }[] {
  const rows = new Map<string, { columns: string[]; row: (string | null)[] }[]>();
  let columns: string[] = [];
  let key: number[] = [];
  const keyOf = (row: (string | null)[]): string => JSON.stringify(key.length > 0 ? key.map((i) => row[i]) : row);
  for (const record of files.flatMap(({ records }) => records)) {
    if ('c' in record) [columns, key] = [record.c, record.k];
    else if ('t' in record) rows.clear();
    else if ('i' in record) {
      const at = keyOf(record.i);
      rows.set(at, [...(rows.get(at) ?? []), { columns, row: record.i }]);
    } else {
      const at = keyOf(record.d);
      const left = (rows.get(at) ?? []).slice(1);
      if (left.length > 0) rows.set(at, left);
      else rows.delete(at);
    }
  }
  return [...rows.values()].flat();
}
