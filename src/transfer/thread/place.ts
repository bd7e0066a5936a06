import { types } from 'node:util';
import type { Place } from './protocol';

/** Where a thread finds the bytes; undefined: in memory that it can't see. */
export function placeOf(bytes: Buffer): Place | undefined {
  const { buffer } = bytes;
  return types.isSharedArrayBuffer(buffer) ? { buffer, offset: bytes.byteOffset, length: bytes.length } : undefined;
}
