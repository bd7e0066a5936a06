import { once } from 'node:events';
import {
  connect,
  constants,
  createServer,
  type ClientHttp2Session,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

const COMPLETED = '/temporal.api.workflowservice.v1.WorkflowService/RespondActivityTaskCompleted';

/** An empty message of gRPC, uncompressed. */
const EMPTY = Buffer.alloc(5);

/**
 * Stands between workers and Temporal and keeps answers to itself: the worker is told that its activity is complete, and Temporal never hears it, so
 * that the activity runs once more when its heartbeats have stayed away.
 */
export class LossyTemporal {
  /** Types whose answers were lost, in their order. */
  readonly lost: string[] = [];
  private readonly losing = new Map<string, number>();

  private constructor(
    private readonly server: Http2Server,
    private readonly behind: ClientHttp2Session,
  ) {}

  static async before(address: string): Promise<LossyTemporal> {
    const behind = connect(`http://${address}`, { settings: { enablePush: false } });
    behind.on('error', () => undefined); // its streams say so too
    await once(behind, 'connect');
    const server = createServer();
    const temporal = new LossyTemporal(server, behind);
    server.on('stream', (stream, headers) => {
      temporal.pass(stream, headers);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return temporal;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Loses the next answers of an activity of this type. */
  lose(activityType: string, times = 1): void {
    this.losing.set(activityType, times);
  }

  async stop(): Promise<void> {
    this.behind.destroy();
    this.server.close();
    await Promise.resolve();
  }

  private pass(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    stream.on('error', () => undefined); // the worker went away
    const sent: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => sent.push(chunk));
    stream.once('end', () => {
      const body = Buffer.concat(sent);
      if (headers[':path'] === COMPLETED && this.isLost(body)) reply(stream, EMPTY, { 'grpc-status': '0' });
      else this.forward(stream, headers, body);
    });
  }

  /** The token that an answer bears names the type of its activity. */
  private isLost(body: Buffer): boolean {
    const message = body[0] === 1 ? gunzipSync(body.subarray(EMPTY.length)) : body;
    for (const [type, times] of this.losing)
      if (times > 0 && message.includes(type)) {
        this.losing.set(type, times - 1);
        this.lost.push(type);
        return true;
      }
    return false;
  }

  private forward(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, body: Buffer): void {
    const onwards = this.behind.request(headers);
    const fail = (): void => {
      if (!stream.closed) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    };
    onwards.on('error', fail);
    stream.once('close', () => {
      onwards.close();
    });
    let trailers: IncomingHttpHeaders = {};
    onwards.once('trailers', (found) => (trailers = found));
    onwards.once('response', (answered) => {
      if (stream.destroyed) return;
      stream.respond(answered, { waitForTrailers: true });
      stream.once('wantTrailers', () => {
        stream.sendTrailers(trailers);
      });
      onwards.on('data', (chunk: Buffer) => stream.write(chunk));
      onwards.once('end', () => stream.end());
    });
    onwards.end(body);
  }
}

function reply(stream: ServerHttp2Stream, body: Buffer, trailers: IncomingHttpHeaders): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.once('wantTrailers', () => {
    stream.sendTrailers(trailers);
  });
  stream.end(body);
}
