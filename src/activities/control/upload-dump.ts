import { FORMAT, writeDumpPart, type DumpContent, type DumpFile, type DumpPartRef } from '../../repository';
import { DumpTally, splitDump } from '../../yugabyte';
import { showProgress } from '../activity-signs';
import type { ControlDependencies } from './dependencies';
import type { DumpIdentity } from './dump-identity';
import type { RenamingRehearsal } from './rehearse-renaming';
import { uploadText } from './upload-text';

/** A tool's SQL on its way into the bucket, its rows counted. Records the part when the tool has ended well. */
export async function uploadDump(
  dependencies: ControlDependencies,
  dump: DumpIdentity,
  part: { name: string; content: DumpContent; rehearsal?: RenamingRehearsal | undefined },
  run: (consume: (text: AsyncIterable<Buffer>) => Promise<void>) => Promise<void>,
): Promise<DumpPartRef> {
  const tally = new DumpTally();
  let files: DumpFile[] = [];
  let sent = 0;
  await run(async (text) => {
    async function* counted(): AsyncGenerator<Buffer> {
      for await (const piece of splitDump(text)) {
        tally.note(piece);
        part.rehearsal?.note(piece);
        showProgress({ rows: tally.rows, textBytes: tally.bytes, uploadedBytes: sent });
        yield piece.bytes;
      }
      part.rehearsal?.end();
    }
    files = await uploadText(dependencies, dump, { part: part.name, extension: 'sql' }, counted(), (bytes) => {
      sent = bytes;
    });
  });
  const { tables, needs, bytes } = tally.result();
  return await writeDumpPart(dependencies.repository, dump.dumpId, {
    format: FORMAT,
    part: part.name,
    content: part.content,
    files,
    textBytes: bytes,
    tables: tables.map(({ schema, name, rows }) => ({ schema, name, ...(rows === undefined ? {} : { rows }) })),
    needs: { ...needs },
  });
}
