import { Readable } from 'node:stream';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Timeouts } from '../receive/connection';
import { rangeReceiver } from '../receive/range-receiver';

type Request = Parameters<NodeHttpHandler['handle']>[0];
type Options = Parameters<NodeHttpHandler['handle']>[1];
type Response = Awaited<ReturnType<NodeHttpHandler['handle']>>;

/** The range that a GET is to fetch, and the buffer it goes to: passed to `client.send` beside its signal. */
export interface Receive {
  into: Buffer;
  /** Offset of its first byte in the object. */
  first: number;
}

/**
 * A request handler for the SDK, which signs requests, finds the endpoint and reads errors. Only a range that is to be
 * received into a buffer bypasses the SDK's own handler; everything else goes to that.
 */
export class S3Receiver {
  private readonly ranges = rangeReceiver();

  constructor(
    private readonly others: NodeHttpHandler,
    private readonly timeouts: Timeouts,
    private readonly ca: string | undefined,
  ) {}

  get metadata(): NodeHttpHandler['metadata'] {
    return this.others.metadata;
  }

  async handle(request: Request, options: Options & { receive?: Receive } = {}): Promise<Response> {
    const { receive, ...more } = options;
    if (receive === undefined) return await this.others.handle(request, more);
    const secure = request.protocol === 'https:';
    const origin = {
      tls: secure,
      host: request.hostname.replace(/^\[|\]$/g, ''),
      port: request.port ?? (secure ? 443 : 80),
      ca: this.ca,
    };
    const { head, refusal = Buffer.alloc(0) } = await this.ranges.get(origin, {
      text: textOf(request),
      ...receive,
      timeouts: this.timeouts,
      signal: more.abortSignal as AbortSignal | undefined,
    });
    const body = Readable.from(refusal.length === 0 ? [] : [refusal]);
    return { response: { statusCode: head.status, headers: { ...head.headers }, body } };
  }

  updateHttpClientConfig(...change: Parameters<NodeHttpHandler['updateHttpClientConfig']>): void {
    this.others.updateHttpClientConfig(...change);
  }

  httpHandlerConfigs(): ReturnType<NodeHttpHandler['httpHandlerConfigs']> {
    return this.others.httpHandlerConfigs();
  }

  destroy(): void {
    this.ranges.close();
    this.others.destroy();
  }
}

function textOf({ method, path, query, headers }: Request): string {
  const parameters = Object.entries(query ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) =>
      one === null ? escaped(name) : `${escaped(name)}=${escaped(one)}`,
    ),
  );
  const target = parameters.length === 0 ? path : `${path}?${parameters.join('&')}`;
  const lines = [
    `${method} ${target} HTTP/1.1`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  for (const line of lines) if (/[\r\n\0]/.test(line)) throw new RangeError('A request header contains a line break.');
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** As the signature escapes it (RFC 3986). */
const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
