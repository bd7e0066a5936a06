import { randomBytes } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { cancellationSignal } from '@temporalio/activity';
import { layout, type DumpFile, type DumpPartName } from '../../../repository';
import type { StreamedObject } from '../../../transfer';
import type { ControlDependencies } from '../dependencies';
import type { DumpIdentity } from './open-dump';
import { given } from '../../../objects/given';

/** As everywhere in the repository. */
const GZIP_LEVEL = 6;

/**
 * Uploads the text of a part, compressed and cut into objects. Nothing is written to disk, and the text is read no
 * faster than the store takes the bytes.
 */
export async function uploadText(
  { engine, store, repository }: ControlDependencies,
  { dumpId }: DumpIdentity,
  part: DumpPartName,
  text: AsyncIterable<Buffer>,
  onProgress: (bytes: number) => void,
): Promise<DumpFile[]> {
  // Each attempt writes its own objects; the record names those of the attempt that finished.
  const attempt = randomBytes(4).toString('hex');
  const { cluster } = repository;
  let files: StreamedObject[] = [];
  await pipeline(text, createGzip({ level: GZIP_LEVEL }), async (compressed: AsyncIterable<Buffer>) => {
    files = await engine.uploadStream({
      store,
      source: compressed,
      keyOf: (n) => layout.dumpText(cluster, dumpId, part, attempt, n),
      signal: cancellationSignal(),
      onProgress,
    });
  });
  return files.map(({ key, size, sha256, etag, versionId }) => ({
    key,
    size,
    sha256,
    etag,
    ...given({ versionId }),
  }));
}
