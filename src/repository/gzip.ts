import { gunzip, gzip } from 'node:zlib';
import { promisify } from 'node:util';
import { RepositoryError } from './repository-error';

const LEVEL = 6;
/** Byte 9 of the header is the operating system; 255 = unknown, so that every system writes the same bytes. */
const OS_BYTE = 9;

/** Gzip whose bytes depend on the content alone: fixed level, no time, no operating system. */
export async function compress(content: Buffer): Promise<Buffer> {
  const bytes = await promisify<Buffer, { level: number }, Buffer>(gzip)(content, { level: LEVEL });
  bytes[OS_BYTE] = 255;
  return bytes;
}

/** Unpacks no more than is expected: a few megabytes of gzip may hold gigabytes. Fails with `ManifestInvalid`. */
export async function decompress(bytes: Buffer, atMost: number, where: string): Promise<Buffer> {
  try {
    return await promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip)(bytes, {
      maxOutputLength: Math.max(1, atMost), // zlib allows no limit of 0
    });
  } catch (error) {
    const code = (error as { code?: string }).code ?? '';
    if (code !== 'ERR_BUFFER_TOO_LARGE' && !code.startsWith('Z_')) throw error;
    throw new RepositoryError(
      'ManifestInvalid',
      code === 'ERR_BUFFER_TOO_LARGE'
        ? `${where} holds more than ${atMost} bytes, which is more than was recorded, so it was not unpacked. Use another backup, and find out who wrote to the bucket.`
        : `${where} is not a complete gzip (${code}). Use another backup.`,
      { cause: error },
    );
  }
}
