import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Transform } from 'node:stream';

/** What goes wrong with a request. `cut` ends the answer's body in the middle; `hang` never answers. */
export type StoreFault = 'slowDown' | 'deny' | 'error' | 'slow' | 'hang' | 'reset' | 'cut' | 'wrongBytes' | 'oneByte';

const SLOW_MS = 500;

/** The body of the request, or of its answer, is (a part of) an object. */
const isOfAnObject = (method: string, url: string): boolean => {
  const query = new URL(url, 'http://store').searchParams;
  return method === 'GET'
    ? ![...query.keys()].some((name) => ['list-type', 'uploads', 'versions', 'uploadId'].includes(name))
    : method === 'PUT';
};

/** Changes one byte of what passes, in the middle of the first chunk. */
function oneByteOther(): Transform {
  let done = false;
  return new Transform({
    transform(chunk: Buffer, _, passOn) {
      if (!done && chunk.length > 0) {
        const at = chunk.length >> 1;
        chunk[at] = (chunk[at] ?? 0) ^ 1;
        done = true;
      }
      passOn(null, chunk);
    },
  });
}

/** Shares, 0 to 1, of the requests that go wrong at random while a storm lasts. */
export interface StormRates {
  /** Answered with 500, or the connection is reset. */
  errors: number;
  /** Answered with 503 SlowDown. */
  throttled: number;
  /** Answered late. */
  slow: number;
  /**
   * One byte of an object is another one when it arrives, there or here. Answers about objects (lists, metadata) are
   * left alone: nothing in S3 proves them but TLS.
   */
  corrupted: number;
}

/**
 * FoundationDB's simulation of a blob store uses such rates: 15 % errors, 20 % throttled, 10 % slow, 0.5 % corrupted.
 */
export const STORM: StormRates = { errors: 0.15, throttled: 0.2, slow: 0.1, corrupted: 0.005 };

interface Rule {
  fault: StoreFault;
  matches: (method: string, key: string) => boolean;
  /** So many requests, then no more. */
  times: number;
}

/** Requests of what a backup consists of. */
export const PUT_OF_DATA: Rule['matches'] = (method, key) => method === 'PUT' && /\/(data|packs)\//.test(key);
export const GET_OF_DATA: Rule['matches'] = (method, key) => method === 'GET' && /\/(data|packs)\//.test(key);
export const PUT_OF_MANIFEST: Rule['matches'] = (method, key) => method === 'PUT' && key.includes('/manifests/');

const XML = (code: string): string =>
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>armed</Message></Error>`;

/** Stands between the workers and S3 and spoils what a test asks it to. */
export class FaultyStore {
  /** How many requests each fault has struck. */
  readonly struck: Partial<Record<StoreFault, number>> = {};
  private rules: Rule[] = [];
  private storm: { rates: StormRates; next: () => number } | undefined;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly behind: URL,
  ) {}

  static async before(endpoint: string): Promise<FaultyStore> {
    const server = createServer();
    const store = new FaultyStore(server, new URL(endpoint));
    server.on('request', (from: IncomingMessage, to: ServerResponse) => {
      store.pass(from, to);
    });
    server.on('connection', (socket) => {
      store.sockets.add(socket);
      socket.once('close', () => store.sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return store;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Spoils the next requests that match; keys are paths below the bucket, queries included. */
  arm(fault: StoreFault, matches: Rule['matches'], times = 1): void {
    this.rules.push({ fault, matches, times });
  }

  /** Until it is disarmed, requests go wrong at random; `next`: numbers from 0 to 1. */
  rage(rates: StormRates, next: () => number): void {
    this.storm = { rates, next };
  }

  disarm(): void {
    this.rules = [];
    this.storm = undefined;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private pass(from: IncomingMessage, to: ServerResponse): void {
    const { method = 'GET', url = '/' } = from;
    const rule = this.rules.find(({ matches, times }) => times > 0 && matches(method, decodeURIComponent(url)));
    if (rule) {
      rule.times -= 1;
      this.struck[rule.fault] = (this.struck[rule.fault] ?? 0) + 1;
    }
    const fault = rule?.fault ?? this.drawn(method, url);
    if (!rule && fault) this.struck[fault] = (this.struck[fault] ?? 0) + 1;
    switch (fault) {
      case 'error':
        from.resume();
        to.writeHead(500, { 'content-type': 'application/xml' }).end(XML('InternalError'));
        return;
      case 'slow':
        setTimeout(() => {
          this.forward(from, to, undefined);
        }, SLOW_MS);
        return;
      case 'slowDown':
        from.resume();
        to.writeHead(503, { 'content-type': 'application/xml', 'retry-after': '1' }).end(XML('SlowDown'));
        return;
      case 'deny':
        from.resume();
        to.writeHead(403, { 'content-type': 'application/xml' }).end(XML('AccessDenied'));
        return;
      case 'hang':
        from.resume();
        return;
      case 'reset':
        from.socket.resetAndDestroy();
        return;
      default:
        this.forward(from, to, fault);
    }
  }

  /** What the storm does with a request; one draw a request, so that a seed repeats it. */
  private drawn(method: string, url: string): StoreFault | undefined {
    if (!this.storm) return undefined;
    const { rates, next } = this.storm;
    const drawn = next();
    let below = rates.corrupted;
    if (drawn < below) return isOfAnObject(method, url) ? 'oneByte' : undefined;
    if (drawn < (below += rates.errors / 2)) return 'error';
    if (drawn < (below += rates.errors / 2)) return 'reset';
    if (drawn < (below += rates.throttled)) return 'slowDown';
    if (drawn < below + rates.slow) return 'slow';
    return undefined;
  }

  private forward(from: IncomingMessage, to: ServerResponse, fault: StoreFault | undefined): void {
    const { method, url, headers } = from;
    const { hostname, port } = this.behind;
    // The signature is over the host that the client called, so the header stays as it came.
    const onwards = request({ hostname, port, method, path: url, headers }, (answer) => {
      to.writeHead(answer.statusCode ?? 502, answer.headers);
      if (fault === 'cut') {
        answer.once('data', (chunk: Buffer) => {
          to.write(chunk.subarray(0, Math.max(1, Math.floor(chunk.length / 2))), () => to.destroy());
          answer.destroy();
        });
        return;
      }
      if (fault === 'wrongBytes') {
        answer.on('data', (chunk: Buffer) => to.write(chunk.map((byte) => byte ^ 1)));
        answer.on('end', () => to.end());
        return;
      }
      if (fault === 'oneByte' && method === 'GET') answer.pipe(oneByteOther()).pipe(to);
      else answer.pipe(to);
    });
    onwards.on('error', () => to.destroy());
    from.on('error', () => onwards.destroy());
    to.on('close', () => onwards.destroy());
    if (fault === 'oneByte' && method === 'PUT') from.pipe(oneByteOther()).pipe(onwards);
    else from.pipe(onwards);
  }
}
