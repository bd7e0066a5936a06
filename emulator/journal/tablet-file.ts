import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TabletRecord } from './records';

/** Which replica wrote a file; makes the bytes of replicas differ. */
export interface TabletFileHeader {
  peer: string;
  tablet: string;
  table: string;
}

/** A file that does not parse or whose checksum is wrong; it crashes a tserver. */
export class DamagedFile extends Error {
  override readonly name = 'DamagedFile';
}

export const baseName = (number: number): string => `${String(number).padStart(6, '0')}.sst`;
export const blockName = (number: number): string => `${baseName(number)}.sblock.0`;
/** Names of the files that belong to one entry of a tablet. */
export const namesOf = ({ number, ballast }: { number: number; ballast?: true }): string[] =>
  ballast ? [baseName(number)] : [baseName(number), blockName(number)];

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');

/** Writes both files of one SST: the lines with a header of the replica, and a base file that names their checksum. */
export async function writeTabletFile(
  directory: string,
  number: number,
  header: TabletFileHeader,
  body: string,
): Promise<void> {
  const block = `${JSON.stringify(header)}\n${body}`;
  const base = JSON.stringify({
    ...header,
    block: blockName(number),
    bytes: Buffer.byteLength(block),
    sha256: sha256(block),
  });
  await writeFile(join(directory, blockName(number)), block);
  await writeFile(join(directory, baseName(number)), `${base}\n${sha256(base)}\n`);
}

/** Reads and checks one SST. Throws `DamagedFile`. */
export async function readTabletFile(
  directory: string,
  number: number,
): Promise<{ header: TabletFileHeader; body: string }> {
  const [base = '', check = ''] = (await readPart(directory, baseName(number))).toString('utf8').split('\n');
  if (sha256(base) !== check)
    throw new DamagedFile(`Corruption: block checksum mismatch in ${join(directory, baseName(number))}`);
  const { peer, tablet, table, sha256: expected } = JSON.parse(base) as TabletFileHeader & { sha256: string };
  const block = await readPart(directory, blockName(number));
  if (sha256(block) !== expected)
    throw new DamagedFile(`Corruption: block checksum mismatch in ${join(directory, blockName(number))}`);
  return { header: { peer, tablet, table }, body: block.toString('utf8', block.indexOf(0x0a) + 1) };
}

export function parseBody(body: string): TabletRecord[] {
  return body.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as TabletRecord]));
}

const CHUNK = 1 << 20;
const CHECK_BYTES = 32;

/** A file of random bytes that ends with the SHA-256 of the bytes before. */
export async function writeBallast(file: string, bytes: number): Promise<void> {
  const { open } = await import('node:fs/promises');
  const handle = await open(file, 'w');
  const hash = createHash('sha256');
  try {
    for (let left = Math.max(bytes - CHECK_BYTES, 0); left > 0; left -= CHUNK) {
      const chunk = randomBytes(Math.min(CHUNK, left));
      hash.update(chunk);
      await handle.write(chunk);
    }
    await handle.write(hash.digest());
  } finally {
    await handle.close();
  }
}

export async function checkBallast(file: string): Promise<void> {
  const hash = createHash('sha256');
  let tail: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: CHUNK }) as AsyncIterable<Buffer>) {
      const all = Buffer.concat([tail, chunk]);
      const keep = Math.max(all.length - CHECK_BYTES, 0);
      hash.update(all.subarray(0, keep));
      tail = all.subarray(keep);
    }
  } catch (error) {
    throw new DamagedFile(`IO error: ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
  if (!hash.digest().equals(tail)) throw new DamagedFile(`Corruption: block checksum mismatch in ${file}`);
}

async function readPart(directory: string, name: string): Promise<Buffer> {
  try {
    return await readFile(join(directory, name));
  } catch (error) {
    throw new DamagedFile(`IO error: ${join(directory, name)}: ${(error as NodeJS.ErrnoException).code}`);
  }
}
