import type { headReading } from './answer-head';

/** Receives the body of a response. */
export interface AnswerBody {
  /** Where the next bytes may be read to directly; undefined: pass them to `take`. */
  room(): Buffer | undefined;
  /** Takes bytes that arrived; `placed`: they are in `room()` already. Returns how many of them belong to this body. */
  take(bytes: Buffer, placed: boolean): number;
  readonly done: boolean;
  /** Bytes of content so far. */
  readonly received: number;
}

type Kind = new (into: Buffer) => AnswerBody;

/** The kinds of bodies. */
export function bodyKinds({ unreadable }: Pick<ReturnType<typeof headReading>, 'unreadable'>): {
  PlainBody: Kind;
  ChunkedBody: Kind;
  OpenEndedBody: Kind;
} {
  /** Longest single read, so that one connection does not delay the others. */
  const READ_BYTES = 512 * 1024;

  /** A body of known length: the system reads it straight into its place, without a copy. */
  class PlainBody implements AnswerBody {
    received = 0;

    constructor(private readonly into: Buffer) {}

    get done(): boolean {
      return this.received === this.into.length;
    }

    room(): Buffer {
      return this.into.subarray(this.received, this.received + READ_BYTES);
    }

    take(bytes: Buffer, placed: boolean): number {
      const length = Math.min(bytes.length, this.into.length - this.received);
      if (!placed) bytes.copy(this.into, this.received, 0, length);
      this.received += length;
      return length;
    }
  }

  /** Longest line of a chunk's size, or of a trailer. */
  const LINE_BYTES = 1024;
  const TRAILER_LINES = 64;

  /** A body in chunks (RFC 9112, 7.1). More bytes than fit into `into` are an error. */
  class ChunkedBody implements AnswerBody {
    received = 0;
    private state: 'size' | 'data' | 'data-end' | 'trailer' | 'end' = 'size';
    private line = '';
    private left = 0;
    private trailers = 0;

    constructor(private readonly into: Buffer) {}

    get done(): boolean {
      return this.state === 'end';
    }

    room(): undefined {
      return undefined;
    }

    take(bytes: Buffer): number {
      let at = 0;
      while (at < bytes.length && this.state !== 'end') {
        if (this.state === 'data') at += this.data(bytes.subarray(at));
        else {
          const end = bytes.indexOf(0x0a, at);
          this.line += bytes.toString('latin1', at, end === -1 ? bytes.length : end);
          if (this.line.length > LINE_BYTES) throw unreadable("a chunk's header line does not end");
          if (end === -1) return bytes.length;
          at = end + 1;
          if (!this.line.endsWith('\r')) throw unreadable("a chunk's header line ends without a carriage return");
          this.lineEnded(this.line.slice(0, -1));
          this.line = '';
        }
      }
      return at;
    }

    private data(bytes: Buffer): number {
      const length = Math.min(bytes.length, this.left);
      bytes.copy(this.into, this.received, 0, length);
      this.received += length;
      this.left -= length;
      if (this.left === 0) this.state = 'data-end';
      return length;
    }

    private lineEnded(line: string): void {
      switch (this.state) {
        case 'size': {
          const [, size] = /^([0-9a-fA-F]{1,12})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?$/.exec(line) ?? [];
          if (size === undefined) throw unreadable("a chunk's size is not a number");
          this.left = parseInt(size, 16);
          if (this.received + this.left > this.into.length)
            throw unreadable(`it is longer than ${this.into.length} bytes`);
          this.state = this.left === 0 ? 'trailer' : 'data';
          return;
        }
        case 'data-end':
          if (line !== '') throw unreadable('a chunk is longer than announced');
          this.state = 'size';
          return;
        case 'trailer':
          this.trailers += 1;
          if (this.trailers > TRAILER_LINES) throw unreadable('its trailer does not end');
          if (line === '') this.state = 'end';
          return;
        case 'data':
        case 'end':
      }
    }
  }

  /** A body that ends with its connection. */
  class OpenEndedBody implements AnswerBody {
    received = 0;
    readonly done = false;

    constructor(private readonly into: Buffer) {}

    room(): undefined {
      return undefined;
    }

    take(bytes: Buffer): number {
      if (this.received + bytes.length > this.into.length)
        throw unreadable(`it is longer than ${this.into.length} bytes`);
      this.received += bytes.copy(this.into, this.received);
      return bytes.length;
    }
  }

  return { PlainBody, ChunkedBody, OpenEndedBody };
}
