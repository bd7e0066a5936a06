import { randomBytes } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { cancellationSignal } from '@temporalio/activity';
import { FORMAT, layout, writeDumpPart, type DumpContent, type DumpPartRef } from '../../repository';
import type { StreamedObject } from '../../transfer';
import { DumpTally, splitDump } from '../../yugabyte';
import { showProgress } from '../activity-signs';
import type { ControlDependencies } from './dependencies';
import type { DumpIdentity } from './dump-identity';

/** As the repository compresses everything else. */
const GZIP_LEVEL = 6;

/**
 * A tool's text on its way into the bucket: its rows counted, compressed, in parts. Nothing of it is written to the disk, and the tool is
 * read no faster than the store takes the bytes. Records the part when the tool has ended well.
 */
export async function uploadDump(
  { engine, store, repository }: ControlDependencies,
  dump: DumpIdentity,
  part: { name: string; content: DumpContent },
  run: (consume: (text: AsyncIterable<Buffer>) => Promise<void>) => Promise<void>,
): Promise<DumpPartRef> {
  const tally = new DumpTally();
  // Each attempt writes its own objects; the record names those of the one that ended.
  const attempt = randomBytes(4).toString('hex');
  const { cluster } = repository;
  let files: StreamedObject[] = [];
  let sent = 0;
  await run(async (text) => {
    async function* counted(): AsyncGenerator<Buffer> {
      for await (const piece of splitDump(text)) {
        tally.note(piece);
        showProgress({ rows: tally.rows, textBytes: tally.bytes, uploadedBytes: sent });
        yield piece.bytes;
      }
    }
    await pipeline(counted(), createGzip({ level: GZIP_LEVEL }), async (compressed: AsyncIterable<Buffer>) => {
      files = await engine.uploadStream({
        store,
        source: compressed,
        keyOf: (n) => layout.dumpText(cluster, dump.dumpId, part.name, attempt, n),
        signal: cancellationSignal(),
        onProgress: (bytes) => {
          sent = bytes;
        },
      });
    });
  });
  const { tables, needs, bytes } = tally.result();
  return await writeDumpPart(repository, dump.dumpId, {
    format: FORMAT,
    part: part.name,
    content: part.content,
    files: files.map(({ key, size, sha256, etag, versionId }) => ({
      key,
      size,
      sha256,
      etag,
      ...(versionId === undefined ? {} : { versionId }),
    })),
    textBytes: bytes,
    tables: tables.map(({ schema, name, rows }) => ({ schema, name, ...(rows === undefined ? {} : { rows }) })),
    needs: { ...needs },
  });
}
