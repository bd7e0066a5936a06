import { createHash, hash as hashOf, type Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { inFolder } from '../disk/folder';

/** Hashed without a break (0.6 ms); the event loop runs between two of them. */
export const SLICE_BYTES = 1024 * 1024;

/** SHA-256 (hex) and size of a file. No link below the folder `within` is followed. */
export async function hashFile(
  file: string,
  within: string,
  signal?: AbortSignal,
): Promise<{ sha256: string; size: number }> {
  return await inFolder(within, dirname(file), async (folder) => {
    const handle = await folder.file(basename(file));
    try {
      return await hashHandle(handle, signal);
    } finally {
      await handle.close();
    }
  });
}

/** The same for an open file. Slices of 1 MiB keep the event loop's delay near 10 ms. */
export async function hashHandle(file: FileHandle, signal?: AbortSignal): Promise<{ sha256: string; size: number }> {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(SLICE_BYTES);
  let size = 0;
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead } = await file.read(chunk, 0, chunk.length, size);
    if (bytesRead === 0) return { sha256: hash.digest('hex'), size };
    hash.update(chunk.subarray(0, bytesRead));
    size += bytesRead;
  }
}

/** SHA-256 of bytes, hex. */
export function sha256Of(bytes: Uint8Array | string): string {
  return hashOf('sha256', bytes, 'hex');
}

/** The same, letting the event loop run in between. The bytes must not change until it has ended. */
export async function sha256InSlices(bytes: Buffer): Promise<string> {
  const hash = createHash('sha256');
  await updateInSlices(hash, bytes);
  return hash.digest('hex');
}

/** Feeds a hash, leaving the event loop free in between. */
export async function updateInSlices(hash: Hash, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    if (at > 0) await turn();
    hash.update(bytes.subarray(at, at + SLICE_BYTES));
  }
}
