import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What goes wrong with a request. `cut` ends the answer's body in the middle; `hang` never answers. */
export type StoreFault = 'slowDown' | 'deny' | 'hang' | 'reset' | 'cut' | 'wrongBytes';

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

  disarm(): void {
    this.rules = [];
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
    switch (rule?.fault) {
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
        this.forward(from, to, rule?.fault);
    }
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
      answer.pipe(to);
    });
    onwards.on('error', () => to.destroy());
    from.on('error', () => onwards.destroy());
    to.on('close', () => onwards.destroy());
    from.pipe(onwards);
  }
}
