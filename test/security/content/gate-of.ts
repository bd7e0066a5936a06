import { SqlGate, type GatedContent, type GateReport } from '../../../src/yugabyte/sql-gate';
import type { QualifiedName } from '../../../src/yugabyte/ysql/session/quote';
import { splitDump } from '../../../src/yugabyte/ysql-dump/scan/split-dump';

/** A text as it comes from the bucket, in pieces of a length. */
export async function* inPieces(text: string | Buffer, length = 4096): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += length) yield await Promise.resolve(bytes.subarray(at, at + length));
}

/** What the gate says of a text. */
export async function gateOf(
  text: string | Buffer,
  {
    length,
    ...of
  }: {
    content?: GatedContent;
    database?: string;
    rowsInto?: (table: QualifiedName) => boolean;
    length?: number;
  } = {},
): Promise<GateReport> {
  const gate = new SqlGate({ content: 'database', database: 'orders', ...of });
  for await (const piece of splitDump(inPieces(text, length))) gate.note(piece);
  return gate.end();
}
