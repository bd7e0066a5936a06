import { SqlGate, type GatedContent, type GateReport } from '../../../src/yugabyte/sql-gate';
import { splitDump } from '../../../src/yugabyte/ysql-dump/split-dump';

/** A text as it comes from the bucket, in pieces of a length. */
export async function* inPieces(text: string | Buffer, length = 4096): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += length) yield await Promise.resolve(bytes.subarray(at, at + length));
}

/** What the gate says of a text. */
export async function gateOf(
  text: string | Buffer,
  of: { content?: GatedContent; database?: string; length?: number } = {},
): Promise<GateReport> {
  const gate = new SqlGate({ content: of.content ?? 'database', database: of.database ?? 'orders' });
  for await (const piece of splitDump(inPieces(text, of.length))) gate.note(piece);
  return gate.end();
}
