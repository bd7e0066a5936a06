import { randomBytes } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { cancellationSignal } from '@temporalio/activity';
import { layout, type DumpFile, type DumpPartName } from '../../../repository';
import type { StreamedObject } from '../../../transfer';
import type { ControlDependencies } from '../dependencies';
import type { DumpIdentity } from './open-dump';
import { given } from '../../../objects/given';

/** As the repository compresses everything else. */
const GZIP_LEVEL = 6;

/**
 * Text of a part on its way into the bucket: compressed, in objects. Nothing of it is written to the disk, and it is
 * read no faster than the store takes the bytes.
 */
export async function uploadText(
  { engine, store, repository }: ControlDependencies,
  { dumpId }: DumpIdentity,
  part: DumpPartName,
  text: AsyncIterable<Buffer>,
  onProgress: (bytes: number) => void,
): Promise<DumpFile[]> {
  // Each attempt writes its own objects; the record names those of the one that ended.
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
