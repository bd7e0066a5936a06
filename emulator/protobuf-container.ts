import protobuf from 'protobufjs';
import 'protobufjs/ext/descriptor';

/**
 * YugabyteDB's protobuf container (yb/util/pb_util.h): magic, version, records of size, bytes and CRC-32C; the first
 * record is the schema.
 */
const MAGIC = Buffer.from('yugacntr', 'latin1');
const VERSION = 1;

/** A master's error for an invalid file; `code` and text as in yb-admin's output. */
export class BadContainer extends Error {
  override readonly name = 'BadContainer';
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc >>> 0;
});

/** CRC-32C (Castagnoli). */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

const HEADER_PROTO = `
syntax = "proto2";
package yb;
message ContainerSupHeaderPB { required bytes protos = 1; required string pb_type = 2; }`;
const Header = protobuf.parse(HEADER_PROTO, { keepCase: true }).root.lookupType('yb.ContainerSupHeaderPB');

type WithDescriptor = protobuf.Root & { toDescriptor(edition: string): protobuf.Message };

/** One message in a container that describes itself: `root` becomes the embedded descriptor set. */
export function writeContainer(root: protobuf.Root, typeName: string, message: object): Buffer {
  const descriptors = (root as WithDescriptor).toDescriptor('proto2');
  const protos = descriptors.$type.encode(descriptors).finish();
  const type = root.lookupType(typeName);
  const header = Header.encode({ protos, pb_type: typeName }).finish();
  return Buffer.concat([MAGIC, uint32(VERSION), record(header), record(type.encode(type.create(message)).finish())]);
}

/** The message of a container of that type, decoded with our own schema. Throws `BadContainer`. */
export function readContainer(bytes: Buffer, root: protobuf.Root, typeName: string): protobuf.Message {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw new BadContainer('Invalid magic number in container');
  const version = bytes.length >= 12 ? bytes.readUInt32LE(8) : -1;
  if (version !== VERSION)
    throw new BadContainer(`Protobuf container has version ${version}, we only support version ${VERSION}`);
  const [header, afterHeader] = readRecord(bytes, 12);
  const { pb_type: pbType } = Header.decode(header) as unknown as { pb_type: string };
  if (pbType !== typeName) throw new BadContainer(`Protobuf container holds ${pbType}, expected ${typeName}`);
  const [body, end] = readRecord(bytes, afterHeader);
  if (end !== bytes.length)
    throw new BadContainer(`Protobuf container has ${bytes.length - end} bytes behind its message`);
  return root.lookupType(typeName).decode(body);
}

function readRecord(bytes: Buffer, at: number): [Buffer, number] {
  if (at + 8 > bytes.length)
    throw new BadContainer('File size not large enough to be valid: proto container is truncated');
  const size = bytes.readUInt32LE(at);
  const end = at + 4 + size + 4;
  if (end > bytes.length) throw new BadContainer('Proto container is truncated: its record is shorter than it says');
  const body = bytes.subarray(at + 4, at + 4 + size);
  if (crc32c(body) !== bytes.readUInt32LE(end - 4))
    throw new BadContainer('Incorrect checksum in protobuf container record');
  return [body, end];
}

function record(body: Uint8Array): Buffer {
  return Buffer.concat([uint32(body.length), body, uint32(crc32c(body))]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
