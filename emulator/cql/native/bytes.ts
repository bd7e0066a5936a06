/**
 * The building blocks of the native protocol's messages (native_protocol_v4.spec, section 3). All numbers are
 * big-endian.
 */
export class Writer {
  private readonly parts: Buffer[] = [];

  byte(value: number): this {
    return this.raw(Buffer.from([value & 0xff]));
  }

  short(value: number): this {
    const part = Buffer.alloc(2);
    part.writeUInt16BE(value & 0xffff);
    return this.raw(part);
  }

  int(value: number): this {
    const part = Buffer.alloc(4);
    part.writeInt32BE(value);
    return this.raw(part);
  }

  string(text: string): this {
    const bytes = Buffer.from(text, 'utf8');
    return this.short(bytes.length).raw(bytes);
  }

  stringList(texts: readonly string[]): this {
    this.short(texts.length);
    for (const text of texts) this.string(text);
    return this;
  }

  stringMultimap(map: Readonly<Record<string, readonly string[]>>): this {
    this.short(Object.keys(map).length);
    for (const [name, values] of Object.entries(map)) this.string(name).stringList(values);
    return this;
  }

  shortBytes(bytes: Buffer): this {
    return this.short(bytes.length).raw(bytes);
  }

  /** `null`: a length of -1. */
  bytes(bytes: Buffer | null): this {
    return bytes ? this.int(bytes.length).raw(bytes) : this.int(-1);
  }

  raw(bytes: Buffer): this {
    this.parts.push(bytes);
    return this;
  }

  done(): Buffer {
    return Buffer.concat(this.parts);
  }
}

/** The message is shorter than it claims, or its content is invalid. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
}

/** Reads one message. Throws `MalformedMessage` at its end. */
export class BytesReader {
  private at = 0;

  constructor(private readonly source: Buffer) {}

  get left(): number {
    return this.source.length - this.at;
  }

  byte(): number {
    return this.raw(1).readUInt8();
  }

  short(): number {
    return this.raw(2).readUInt16BE();
  }

  int(): number {
    return this.raw(4).readInt32BE();
  }

  long(): bigint {
    return this.raw(8).readBigInt64BE();
  }

  string(): string {
    return this.raw(this.short()).toString('utf8');
  }

  longString(): string {
    return this.raw(this.int()).toString('utf8');
  }

  stringList(): string[] {
    return Array.from({ length: this.short() }, () => this.string());
  }

  stringMap(): Map<string, string> {
    return new Map(Array.from({ length: this.short() }, () => [this.string(), this.string()] as const));
  }

  shortBytes(): Buffer {
    return this.raw(this.short());
  }

  /** `null`: a length of -1; `undefined`: of -2, "not set". */
  bytes(): Buffer | null | undefined {
    const length = this.int();
    if (length === -1) return null;
    return length === -2 ? undefined : this.raw(length);
  }

  raw(length: number): Buffer {
    if (length < 0 || length > this.left) throw new MalformedMessage('Truncated CQL message');
    this.at += length;
    return this.source.subarray(this.at - length, this.at);
  }
}
