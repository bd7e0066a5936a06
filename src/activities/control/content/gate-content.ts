import {
  SqlGate,
  splitDump,
  UnfinishedSql,
  type GatedContent,
  type GateReport,
  type QualifiedName,
} from '../../../yugabyte';

/** What a text turned out to ask for, or where it breaks off. */
export type ContentReport = GateReport & { unfinished?: string };

/** Reads a text whole, and runs nothing of it. `arriving` is told of each part. */
export async function gateContent(
  text: AsyncIterable<Buffer>,
  {
    accept,
    ...of
  }: {
    content: GatedContent;
    database: string;
    /** Of rows alone: the tables that they may go into. */
    rowsInto?: (table: QualifiedName) => boolean;
    accept?: readonly string[] | undefined;
  },
  arriving: (bytes: number) => void = () => undefined,
): Promise<ContentReport> {
  const gate = new SqlGate(of, accept);
  let bytes = 0;
  try {
    for await (const piece of splitDump(text)) {
      gate.note(piece);
      arriving((bytes += piece.bytes.length));
    }
    return gate.end();
  } catch (error) {
    if (!(error instanceof UnfinishedSql)) throw error;
    return { ...gate.end(), unfinished: error.message };
  }
}

export async function* textOf(content: Buffer): AsyncGenerator<Buffer> {
  yield await Promise.resolve(content);
}
