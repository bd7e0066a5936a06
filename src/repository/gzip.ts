import { gunzip, gzip } from 'node:zlib';
import { promisify } from 'node:util';

const LEVEL = 6;
/** Byte 9 of the header is the operating system; 255 = unknown, so that two systems write the same bytes. */
const OS_BYTE = 9;

/** Gzip whose bytes depend on the content alone: fixed level, no time, no operating system. */
export async function compress(content: Buffer): Promise<Buffer> {
  const bytes = await promisify<Buffer, { level: number }, Buffer>(gzip)(content, { level: LEVEL });
  bytes[OS_BYTE] = 255;
  return bytes;
}

export const decompress = promisify<Buffer, Buffer>(gunzip);
