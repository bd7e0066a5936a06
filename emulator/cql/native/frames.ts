/** Opcodes (native_protocol_v4.spec, section 2.4). */
export const OPCODES = {
  error: 0x00,
  startup: 0x01,
  ready: 0x02,
  authenticate: 0x03,
  options: 0x05,
  supported: 0x06,
  query: 0x07,
  result: 0x08,
  prepare: 0x09,
  execute: 0x0a,
  register: 0x0b,
  event: 0x0c,
  batch: 0x0d,
  authResponse: 0x0f,
  authSuccess: 0x10,
} as const;

/** The versions that YugabyteDB speaks (src/yb/yql/cql/ql/util/cql_message.h). */
export const OLDEST_VERSION = 3;
export const NEWEST_VERSION = 4;
/** Set in the version of what the server sends. */
const RESPONSE = 0x80;
const HEADER_BYTES = 9;
/** `rpc_max_message_size` of the servers. */
const MAX_BODY_BYTES = 255 * 1024 * 1024;
/** Flags of a request. */
export const COMPRESSED = 0x01;
export const CUSTOM_PAYLOAD = 0x04;

export interface Frame {
  version: number;
  flags: number;
  stream: number;
  opcode: number;
  body: Buffer;
}

/** Collects bytes and returns complete frames. Throws a `RangeError` for one that is too long. */
export class FrameReader {
  private parts: Buffer[] = [];
  private have = 0;
  private need = HEADER_BYTES;

  take(chunk: Buffer): Frame[] {
    this.parts.push(chunk);
    this.have += chunk.length;
    const frames: Frame[] = [];
    while (this.have >= this.need) {
      const all = Buffer.concat(this.parts);
      const length = all.readInt32BE(5);
      if (length < 0 || length > MAX_BODY_BYTES) throw new RangeError(`a frame of ${length} bytes`);
      this.need = HEADER_BYTES + length;
      this.parts = [all];
      if (all.length < this.need) break;
      frames.push({
        version: all.readUInt8(0),
        flags: all.readUInt8(1),
        stream: all.readInt16BE(2),
        opcode: all.readUInt8(4),
        body: all.subarray(HEADER_BYTES, this.need),
      });
      this.parts = [all.subarray(this.need)];
      this.have = all.length - this.need;
      this.need = HEADER_BYTES;
    }
    return frames;
  }
}

/** A frame that the server sends. `stream`: the request's; -1 for an event. */
export function responseFrame(
  { version, stream }: Pick<Frame, 'version' | 'stream'>,
  opcode: number,
  body: Buffer,
): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(RESPONSE | version, 0);
  header.writeInt16BE(stream, 2);
  header.writeUInt8(opcode, 4);
  header.writeInt32BE(body.length, 5);
  return Buffer.concat([header, body]);
}
