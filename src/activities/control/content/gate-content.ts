import {
  SqlGate,
  splitDump,
  UnfinishedSql,
  type GatedContent,
  type GateReport,
  type QualifiedName,
} from '../../../yugabyte';

/** What a text asks for, or where it ends too early. */
export type ContentReport = GateReport & { unfinished?: string };

/** Reads the whole text without running any of it. `arriving` is called with each chunk. */
export async function gateContent(
  text: AsyncIterable<Buffer>,
  {
    accept,
    ...of
  }: {
    content: GatedContent;
    database: string;
    /** For a dump of rows only: the tables that may receive them. */
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
