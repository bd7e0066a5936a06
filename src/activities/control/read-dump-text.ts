import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { cancellationSignal } from '@temporalio/activity';
import type { DumpPart } from '../../repository';
import { ChecksumMismatch, readObjects, retryingStore } from '../../transfer';
import type { ControlDependencies } from './dependencies';

/** Text of a part, as it was dumped, read no faster than it is used. */
export function readDumpText(
  { store }: Pick<ControlDependencies, 'store'>,
  { files }: Pick<DumpPart, 'files'>,
  dumpId: string,
): AsyncGenerator<Buffer> {
  const signal = cancellationSignal();
  return decompressed(readObjects(retryingStore(store, { signal }), files, signal), dumpId);
}

/** Damaged bytes are told as such, whoever notices them first. */
async function* decompressed(objects: AsyncIterable<Buffer>, dumpId: string): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  const fed = pipeline(objects, gunzip).catch(() => undefined); // the same error arrives below
  try {
    yield* gunzip as AsyncIterable<Buffer>;
  } catch (error) {
    if (!/^Z_/.test((error as { code?: string }).code ?? '')) throw error;
    throw new ChecksumMismatch(dumpId, (error as Error).message, 'What was loaded is removed; use another dump.');
  } finally {
    gunzip.destroy();
    await fed;
  }
}
