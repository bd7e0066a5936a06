import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { readContainer } from './snapshot-file/container';

/** The data directory does not say which tserver it belongs to. */
export class InstanceUnreadable extends Error {
  override readonly name = 'InstanceUnreadable';
  readonly kind = 'InstanceUnreadable';
}

/**
 * Uuid (32 hex digits) of the tserver that a data directory belongs to: its `yb-data/tserver/instance` is a protobuf
 * container of `InstanceMetadataPB`, whose field 1 is the uuid. Fails with `InstanceUnreadable`.
 */
export async function readInstanceUuid(dataDir: string): Promise<string> {
  const path = join(dataDir, 'yb-data', 'tserver', 'instance');
  let bytes: Buffer;
  try {
    bytes = await contentOf(path);
  } catch (error) {
    throw new InstanceUnreadable(
      `Cannot read ${path} (${(error as { code?: string }).code ?? (error as Error).message}), which names the tserver that owns ${dataDir}. Check node.dataDirs in kalpa.yaml, and that this worker runs as the database's user.`,
    );
  }
  try {
    const uuid = firstBytesField(readContainer(bytes).message).toString('latin1');
    if (/^[0-9a-f]{32}$/.test(uuid)) return uuid;
  } catch (error) {
    // Whatever the protobuf reader says, it means that this is not an instance file.
    if (!(error instanceof Error)) throw error;
  }
  throw new InstanceUnreadable(
    `${path} is not an instance file of a YugabyteDB tserver, so the owner of ${dataDir} is unknown. Check node.dataDirs in kalpa.yaml.`,
  );
}

/** An instance file has a few hundred bytes. */
const LARGEST_BYTES = 64 * 1024;

/** Content of a regular file: follows no link, and does not block on a FIFO. */
async function contentOf(path: string): Promise<Buffer> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!(await handle.stat()).isFile()) throw new Error('it is not a regular file');
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(LARGEST_BYTES), 0, LARGEST_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Field 1 of a message, without its schema. */
function firstBytesField(message: Uint8Array): Buffer {
  const reader = protobuf.Reader.create(message);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === ((1 << 3) | 2)) return Buffer.from(reader.bytes());
    reader.skipType(tag & 7);
  }
  throw new RangeError('no field 1');
}
