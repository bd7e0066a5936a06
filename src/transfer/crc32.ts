import { crc32 } from 'node:zlib';

/** CRC32 as S3 writes it: four bytes big-endian, base64. Native since Node 20.15. */
export function crc32Base64(value: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes.toString('base64');
}

/** The COMPOSITE checksum of a multipart object: CRC32 over the parts' CRC32s, with the number of parts behind it. */
export function compositeCrc32(parts: readonly string[]): string {
  const all = Buffer.concat(parts.map((part) => Buffer.from(part, 'base64')));
  return `${crc32Base64(crc32(all))}-${parts.length}`;
}
