import type net from 'node:net';
import type tls from 'node:tls';
import type { AnswerBody, bodyKinds } from './answer-body';
import type { AnswerHead, headReading } from './answer-head';

export interface Origin {
  tls: boolean;
  host: string;
  port: number;
  /** PEM of a private certificate authority. */
  ca?: string | undefined;
}

export interface Timeouts {
  connectionMs: number;
  inactivityMs: number;
  requestMs: number;
}

/** One GET. */
export interface GetRequest {
  /** Request line and headers, with the empty line. */
  text: string;
  /** Given the head: whether the response is what was asked for, so that its body goes to `into`. May throw. */
  accept: (head: AnswerHead) => boolean;
  into: Buffer;
  timeouts: Timeouts;
  signal?: AbortSignal | undefined;
}

export interface Answer {
  head: AnswerHead;
  /** The body of a response other than the one asked for; absent where `into` was filled. */
  refusal?: Buffer;
}

/** One connection: what `connecting` makes. */
export interface Connection {
  get(request: GetRequest): Promise<Answer>;
  /** Whether the last request failed before a byte of its response arrived. */
  readonly unanswered: boolean;
  readonly usable: boolean;
  close(): void;
}

type Needed = { net: typeof net; tls: typeof tls } & ReturnType<typeof headReading> & ReturnType<typeof bodyKinds>;

/** Opens connections; `onClosed` is called once, when one is of no further use. */
export function connecting({ net, tls, readHead, unreadable, PlainBody, ChunkedBody, OpenEndedBody }: Needed) {
  /** No more of a refusal is read. */
  const REFUSAL_BYTES = 64 * 1024;
  /** The limit of Node's own parser. */
  const HEAD_BYTES = 16 * 1024;
  /** Read from one connection before the event loop gets its turn. */
  const TURN_BYTES = 512 * 1024;
  const HEAD_END = Buffer.from('\r\n\r\n');

  /**
   * One connection for one GET after another, one at a time. `node:http` copies each byte of a body several times,
   * which costs more than the network; here the system writes them straight to their destination.
   */
  class OpenConnection implements Connection {
    private readonly socket: net.Socket;
    private readonly scratch = Buffer.allocUnsafeSlow(HEAD_BYTES);
    /** Bytes of an unfinished head. */
    private held = 0;
    private head: AnswerHead | undefined;
    private body: AnswerBody | undefined;
    private accepted = false;
    private current:
      { request: GetRequest; settle: (outcome: { answer: Answer } | { error: Error }) => void } | undefined;
    private established = false;
    /** Whether any byte has arrived for the current, or last, request. */
    private answered = false;

    constructor(
      origin: Origin,
      /** Called once, when the connection is of no further use. */
      private readonly onClosed: () => void,
    ) {
      const onread = {
        buffer: () => this.room(),
        callback: (length: number, buffer: Uint8Array) => {
          this.received(length, buffer);
          return this.goesOn(length);
        },
      };
      // Node 20's types allow only a buffer here; its documentation allows a function, too.
      const options = {
        host: origin.host,
        port: origin.port,
        noDelay: true,
        onread: onread as unknown as net.OnReadOpts,
      };
      this.socket = origin.tls
        ? tls.connect({
            ...options,
            servername: net.isIP(origin.host) === 0 ? origin.host : '',
            ...(origin.ca === undefined ? {} : { ca: origin.ca }),
          } as tls.ConnectionOptions)
        : net.connect(options);
      this.socket.once(origin.tls ? 'secureConnect' : 'connect', () => {
        this.established = true;
        this.socket.setKeepAlive(true, 1_000);
        if (this.current) this.socket.setTimeout(this.current.request.timeouts.inactivityMs);
      });
      this.socket.on('timeout', () => {
        const ms = this.socket.timeout ?? 0;
        this.fail(timedOut(this.established ? `no byte arrived for ${ms} ms` : `no connection within ${ms} ms`));
      });
      this.socket.on('error', (error) => {
        this.fail(error);
      });
      this.socket.on('end', () => {
        this.ended();
      });
      this.socket.on('close', () => {
        this.ended();
        this.onClosed();
      });
    }

    /** Whether the last request failed before a byte of its response arrived. */
    get unanswered(): boolean {
      return !this.answered;
    }

    /** Sends a request and reads its response. After any error the connection is closed. */
    async get(request: GetRequest): Promise<Answer> {
      const { signal, timeouts } = request;
      signal?.throwIfAborted();
      this.answered = false;
      this.socket.ref();
      this.socket.setTimeout(this.established ? timeouts.inactivityMs : timeouts.connectionMs);
      const stop = () => {
        this.fail(Object.assign(new Error('the request was stopped'), { name: 'AbortError' }));
      };
      const whole = setTimeout(() => {
        this.fail(timedOut(`the request was not finished after ${timeouts.requestMs} ms`));
      }, timeouts.requestMs);
      signal?.addEventListener('abort', stop, { once: true });
      try {
        return await new Promise<Answer>((resolve, reject) => {
          this.current = {
            request,
            settle: (outcome) => {
              if ('answer' in outcome) resolve(outcome.answer);
              else reject(outcome.error);
            },
          };
          if (this.socket.destroyed) this.fail(cut('the connection was closed'));
          else this.socket.write(request.text, 'latin1');
        });
      } finally {
        clearTimeout(whole);
        signal?.removeEventListener('abort', stop);
        this.socket.setTimeout(0);
        this.socket.unref(); // an idle connection keeps no process alive
      }
    }

    get usable(): boolean {
      return !this.socket.destroyed;
    }

    close(): void {
      this.socket.destroy();
    }

    /** Where the next bytes are read to: never beyond the end of what was asked for. */
    private room(): Buffer {
      return this.body?.room() ?? this.scratch.subarray(this.head === undefined ? this.held : 0);
    }

    private received(length: number, buffer: Uint8Array): void {
      const bytes = Buffer.from(buffer.buffer, buffer.byteOffset, length);
      if (!this.current) {
        this.close(); // no request is pending
        return;
      }
      this.answered = true;
      try {
        if (this.body) this.fill(this.body, bytes, this.body.room() !== undefined);
        else this.readHead(length);
      } catch (error) {
        this.fail(error as Error);
      }
    }

    /**
     * Whether the system may continue reading at once: it would do so as long as bytes keep arriving, for each
     * connection, and timers and other work of this thread would wait for tens of milliseconds.
     */
    private goesOn(length: number): boolean {
      this.read += length;
      if (this.read < TURN_BYTES) return true;
      this.read = 0;
      setImmediate(() => {
        this.socket.resume();
      });
      return false;
    }

    private read = 0;

    private readHead(length: number): void {
      const known = this.held;
      this.held += length;
      const end = this.scratch.subarray(0, this.held).indexOf(HEAD_END, Math.max(0, known - HEAD_END.length + 1));
      if (end === -1) {
        if (this.held === this.scratch.length) throw unreadable(`its head is longer than ${HEAD_BYTES} bytes`);
        return;
      }
      const head = readHead(this.scratch.toString('latin1', 0, end));
      const rest = this.scratch.subarray(end + HEAD_END.length, this.held);
      if (head.status < 200) {
        if (head.status === 101) throw unreadable('it changes the protocol');
        rest.copy(this.scratch);
        this.held = 0; // an interim response (1xx); the final one follows
        if (rest.length > 0) this.readHead(rest.length);
        return;
      }
      this.held = 0;
      this.begin(head, rest);
    }

    private begin(head: AnswerHead, rest: Buffer): void {
      const { request } = this.current ?? {};
      if (!request) return;
      this.head = head;
      this.accepted = request.accept(head);
      if (!this.accepted && typeof head.length === 'number' && head.length > REFUSAL_BYTES) {
        this.settle({ answer: { head, refusal: Buffer.alloc(0) } });
        this.close();
        return;
      }
      const into = this.accepted
        ? request.into
        : Buffer.alloc(typeof head.length === 'number' ? head.length : REFUSAL_BYTES);
      this.body =
        head.length === 'chunked'
          ? new ChunkedBody(into)
          : head.length === 'close'
            ? new OpenEndedBody(into)
            : new PlainBody(into);
      this.refusal = this.accepted ? undefined : into;
      this.fill(this.body, rest, false);
    }

    private refusal: Buffer | undefined;

    private fill(body: AnswerBody, bytes: Buffer, placed: boolean): void {
      const used = body.take(bytes, placed);
      if (!body.done) return;
      const { head } = this;
      if (used < bytes.length || head?.keepAlive !== true) this.close(); // more than was asked for: don't reuse it
      this.finish(body);
    }

    private finish(body: AnswerBody): void {
      const { head, current, accepted, refusal } = this;
      if (!head || !current) return;
      if (accepted && body.received !== current.request.into.length) {
        this.fail(cut(`${body.received} of ${current.request.into.length} bytes arrived`));
        return;
      }
      this.settle({ answer: { head, ...(refusal ? { refusal: refusal.subarray(0, body.received) } : {}) } });
    }

    /** The other side sends nothing more: the end of an open-ended body, or a failure. */
    private ended(): void {
      const { body, current } = this;
      if (current && body instanceof OpenEndedBody) this.finish(body);
      else
        this.fail(
          cut(body ? `${body.received} bytes arrived, then the connection was closed` : 'the connection was closed'),
        );
      this.close();
    }

    private fail(error: Error): void {
      this.settle({ error });
      this.close();
    }

    private settle(outcome: { answer: Answer } | { error: Error }): void {
      const { current } = this;
      this.current = undefined;
      this.head = undefined;
      this.body = undefined;
      this.refusal = undefined;
      this.accepted = false;
      this.held = 0;
      current?.settle(outcome);
    }
  }

  const timedOut = (message: string): Error => Object.assign(new Error(message), { name: 'TimeoutError' });
  const cut = (message: string): Error => Object.assign(new Error(message), { code: 'IncompleteBody' });

  return (origin: Origin, onClosed: () => void): Connection => new OpenConnection(origin, onClosed);
}
