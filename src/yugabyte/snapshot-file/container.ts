import { SnapshotFileInvalid } from '../errors';
import { crc32c } from './crc32c';

const MAGIC = 'yugacntr';
const VERSION = 1;

export interface Container {
  /** The supplemental header: schema and type of the message. */
  header: Uint8Array;
  message: Uint8Array;
}

/**
 * Parses a protobuf container file: magic, version, then two records of size, data and CRC-32C, all little-endian
 * (yb/util/pb_util.h). The format itself can't show that a whole record was cut off at the end, so exactly two are
 * required. Fails with `SnapshotFileInvalid`.
 */
export function readContainer(bytes: Uint8Array): Container {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < 12) throw new SnapshotFileInvalid(`it has only ${buffer.length} bytes`);
  if (buffer.toString('latin1', 0, 8) !== MAGIC) throw new SnapshotFileInvalid('it does not begin with "yugacntr"');
  const version = buffer.readUInt32LE(8);
  if (version !== VERSION)
    throw new SnapshotFileInvalid(`its container version is ${version}, and only ${VERSION} is supported`);
  const header = readRecord(buffer, 12, 'schema record');
  const message = readRecord(buffer, header.end, 'data record');
  if (message.end !== buffer.length)
    throw new SnapshotFileInvalid(`${buffer.length - message.end} bytes follow its last record`);
  return { header: header.data, message: message.data };
}

function readRecord(buffer: Buffer, at: number, part: string): { data: Uint8Array; end: number } {
  if (at + 4 > buffer.length) throw new SnapshotFileInvalid(`it ends before its ${part}`);
  const size = buffer.readUInt32LE(at);
  const end = at + 4 + size + 4;
  if (end > buffer.length) throw new SnapshotFileInvalid(`it ends inside its ${part}`);
  const data = buffer.subarray(at + 4, at + 4 + size);
  if (buffer.readUInt32LE(at + 4 + size) !== crc32c(data))
    throw new SnapshotFileInvalid(`the checksum of its ${part} is wrong`);
  return { data, end };
}

/** The inverse: a file of the same two records. */
export function writeContainer({ header, message }: Container): Buffer {
  return Buffer.concat([Buffer.from(MAGIC, 'latin1'), uint32(VERSION), ...record(header), ...record(message)]);
}

function record(data: Uint8Array): Uint8Array[] {
  return [uint32(data.length), data, uint32(crc32c(data))];
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
