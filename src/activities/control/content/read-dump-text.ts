import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { cancellationSignal } from '@temporalio/activity';
import type { DumpPart } from '../../../repository';
import { ChecksumMismatch, readObjects, retryingStore } from '../../../transfer';
import type { ControlDependencies } from '../dependencies';

/** The text of a part as it was dumped, read no faster than it is consumed. */
export function readDumpText(
  { store }: Pick<ControlDependencies, 'store'>,
  { files, textBytes }: Pick<DumpPart, 'files' | 'textBytes'>,
  dumpId: string,
): AsyncGenerator<Buffer> {
  const signal = cancellationSignal();
  return decompressed(readObjects(retryingStore(store, { signal }), files, signal), { dumpId, textBytes });
}

const NEXT = 'What was loaded is removed; use another dump.';

/** Damaged bytes are reported as damage, whichever layer notices them first. */
async function* decompressed(
  objects: AsyncIterable<Buffer>,
  { dumpId, textBytes }: { dumpId: string; textBytes: number },
): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  const fed = pipeline(objects, gunzip).catch(() => undefined); // the same error arrives below
  try {
    let unpacked = 0;
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      unpacked += chunk.length;
      if (unpacked > textBytes)
        throw new ChecksumMismatch(dumpId, `its text is longer than the recorded ${textBytes} bytes`, NEXT);
      yield chunk;
    }
  } catch (error) {
    if (!/^Z_/.test((error as { code?: string }).code ?? '')) throw error;
    throw new ChecksumMismatch(dumpId, (error as Error).message, NEXT);
  } finally {
    gunzip.destroy();
    await fed;
  }
}
