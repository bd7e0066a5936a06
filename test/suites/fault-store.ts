import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { crc32 } from 'node:zlib';
import { crc32Base64, type S3Config } from '../../src/transfer';

/** What a request is, for the test to decide about. */
export interface FakeRequest {
  method: string;
  key: string;
  query: URLSearchParams;
  /** How often this very method and key was asked for before. */
  earlier: number;
}

/** What goes wrong. `undefined`: nothing. */
export type Fault =
  | { status: number; code?: string; headers?: Record<string, string> }
  /** Never answers. */
  | 'hang'
  /** Sends the headers, then nothing. */
  | 'hang-after-headers'
  | 'reset'
  /** Does what was asked, and closes the connection without an answer. */
  | 'lose-answer'
  /** Sends part of the body, then closes. */
  | 'cut-body'
  /** The right length, wrong bytes. */
  | 'wrong-bytes';

export interface FaultStore {
  config: S3Config;
  objects: Map<string, Buffer>;
  requests: FakeRequest[];
  /** Decides for each request. */
  fault: (request: FakeRequest) => Fault | undefined;
  /** Connections that are open now. */
  connections(): Promise<number>;
  stop(): Promise<void>;
}

export interface FaultStoreOptions {
  /** Honours If-None-Match; `rclone serve s3` does not. */
  conditionalCreate?: boolean;
  /** Refuses a wrong CRC32. */
  checksums?: boolean;
  /** Speaks TLS; `ca` is what its clients trust. */
  secure?: { key: string; cert: string; ca: string };
}

const BUCKET = 'faults';

/**
 * An S3 that does exactly the wrong thing. In memory, plain PUT, GET and HEAD and multipart; no signatures are checked.
 */
export async function startFaultStore(options: FaultStoreOptions = {}): Promise<FaultStore> {
  const objects = new Map<string, Buffer>();
  const uploads = new Map<string, Map<number, Buffer>>();
  const requests: FakeRequest[] = [];
  const { secure } = options;
  const handle = (incoming: IncomingMessage, response: ServerResponse): void => {
    void bodyOf(incoming).then((body) => {
      const url = new URL(incoming.url ?? '/', 'http://fake');
      const key = decodeURIComponent(url.pathname).replace(`/${BUCKET}`, '').replace(/^\//, '');
      const method = incoming.method ?? '';
      const earlier = requests.filter((other) => other.method === method && other.key === key).length;
      const request = { method, key, query: url.searchParams, earlier };
      requests.push(request);
      const fault = store.fault(request);
      if (fault === 'hang') return;
      if (fault === 'reset') return void incoming.socket.destroy();
      if (typeof fault === 'object')
        return void fail(response, fault.status, fault.code ?? 'InternalError', fault.headers);
      serve({
        options,
        objects,
        uploads,
        incoming,
        request,
        body,
        response: fault === 'lose-answer' ? lost(response) : response,
        fault,
      });
      if (fault === 'lose-answer') incoming.socket.destroy();
    });
  };
  const server = secure ? createTlsServer(secure, handle) : createServer(handle);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address() as AddressInfo;
  const store: FaultStore = {
    config: {
      bucket: BUCKET,
      prefix: '',
      region: 'us-east-1',
      endpoint: `${secure ? 'https' : 'http'}://127.0.0.1:${port}`,
      ...(secure ? { ca: secure.ca } : {}),
      forcePathStyle: true,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    },
    objects,
    requests,
    fault: () => undefined,
    connections: () =>
      new Promise((done, failed) => server.getConnections((error, count) => (error ? failed(error) : done(count)))),
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  };
  return store;
}

interface Served {
  options: FaultStoreOptions;
  objects: Map<string, Buffer>;
  uploads: Map<string, Map<number, Buffer>>;
  incoming: IncomingMessage;
  request: FakeRequest;
  body: Buffer;
  response: ServerResponse;
  fault: Fault | undefined;
}

function serve(served: Served): void {
  const { request, response, objects, body, incoming, options, uploads } = served;
  const sent = incoming.headers['x-amz-checksum-crc32'];
  if (options.checksums !== false && sent !== undefined && sent !== crc32Base64(crc32(body)))
    return fail(response, 400, 'BadDigest');
  const uploadId = request.query.get('uploadId');
  if (request.method === 'POST' && request.query.has('uploads')) {
    const id = `upload-${uploads.size + 1}`;
    uploads.set(id, new Map());
    return xml(response, `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
  }
  if (request.method === 'PUT' && uploadId !== null) {
    uploads.get(uploadId)?.set(Number(request.query.get('partNumber')), body);
    response.setHeader('etag', etagOf(body));
    return void response.end();
  }
  if (request.method === 'POST' && request.query.has('delete')) return xml(response, '<DeleteResult></DeleteResult>');
  if (request.method === 'DELETE') return void response.writeHead(204).end();
  if (request.method === 'PUT' || request.method === 'POST') {
    if (options.conditionalCreate !== false && incoming.headers['if-none-match'] === '*' && objects.has(request.key)) {
      return fail(response, 412, 'PreconditionFailed');
    }
    const parts = uploads.get(uploadId ?? '');
    const content = parts ? Buffer.concat([...parts].sort(([a], [b]) => a - b).map(([, part]) => part)) : body;
    objects.set(request.key, content);
    if (parts)
      return xml(
        response,
        `<CompleteMultipartUploadResult><ETag>${etagOf(content)}</ETag></CompleteMultipartUploadResult>`,
      );
    response.setHeader('etag', etagOf(content));
    return void response.end();
  }
  if (request.key === '') return xml(response, listing(objects, request.query.get('prefix') ?? ''));
  return give(served);
}

function give({ options, request, response, objects, incoming, fault }: Served): void {
  const object = objects.get(request.key);
  if (object === undefined) return fail(response, 404, 'NoSuchKey');
  const range = /bytes=(\d+)-(\d+)/.exec(incoming.headers.range ?? '');
  let bytes = range ? object.subarray(Number(range[1]), Number(range[2]) + 1) : object;
  if (fault === 'wrong-bytes') bytes = Buffer.from(bytes.map((byte, i) => (i === 0 ? byte ^ 255 : byte)));
  const sum =
    options.checksums !== false && range === null && incoming.headers['x-amz-checksum-mode'] === 'ENABLED'
      ? { 'x-amz-checksum-crc32': crc32Base64(crc32(object)) }
      : {};
  response.writeHead(range ? 206 : 200, { 'content-length': bytes.length, etag: etagOf(object), ...sum });
  if (request.method === 'HEAD') return void response.end();
  if (fault === 'hang-after-headers') return response.flushHeaders();
  if (fault !== 'cut-body') return void response.end(bytes);
  response.write(bytes.subarray(0, Math.floor(bytes.length * 0.3)), () => incoming.socket.destroy());
}

function listing(objects: Map<string, Buffer>, prefix: string): string {
  const found = [...objects].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
  const contents = found.map(
    ([key, body]) => `<Contents><Key>${key}</Key><Size>${body.length}</Size><ETag>${etagOf(body)}</ETag></Contents>`,
  );
  return `<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`;
}

const etagOf = (body: Buffer): string => `"${createHash('md5').update(body).digest('hex')}"`;

function xml(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'application/xml' }).end(`<?xml version="1.0"?>${text}`);
}

function fail(response: ServerResponse, status: number, code: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/xml', ...headers });
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code} on purpose</Message></Error>`);
}

/** A response that goes nowhere: the work is done, the answer is lost. */
function lost(response: ServerResponse): ServerResponse {
  return {
    setHeader: () => undefined,
    writeHead: () => lost(response),
    end: () => undefined,
    write: () => true,
  } as unknown as ServerResponse;
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
