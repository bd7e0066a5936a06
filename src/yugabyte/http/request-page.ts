import { request as plainly, type IncomingMessage } from 'node:http';
import { request as securely } from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import { readAuthority } from '../tls/read-authority';

export interface RequestOptions {
  signal: AbortSignal;
  /** The connection is established. */
  onConnect?: () => void;
  /** Path of the PEM that a certificate is verified against; default: Node's own authorities. */
  rootCert?: string | undefined;
}

export interface Page {
  status: number;
  statusText: string;
  location: string | undefined;
  /** Uncompressed. A caller that does not read it to its end must destroy it. */
  body: Readable;
}

/**
 * One GET over `http:` or `https:`; certificates are verified including the host name. Follows no redirects. (`fetch`
 * accepts no private certificate authority.)
 */
export async function requestPage(url: string, { signal, rootCert, onConnect }: RequestOptions): Promise<Page> {
  const secure = new URL(url).protocol === 'https:';
  const ca =
    secure && rootCert !== undefined
      ? { ca: await readAuthority(rootCert, 'http.rootCert, or ca.crt of tls.certsDir') }
      : {};
  return await new Promise((resolve, reject) => {
    const headers = { accept: '*/*', 'accept-encoding': 'gzip, deflate' };
    const request = secure
      ? securely(url, { agent: false, headers, signal, ...ca })
      : plainly(url, { agent: false, headers, signal });
    request.once('error', reject);
    if (onConnect) request.once('socket', (socket) => socket.once(secure ? 'secureConnect' : 'connect', onConnect));
    request.once('response', (response) => {
      request.off('error', reject);
      request.on('error', () => undefined); // reading the body reports it
      resolve({
        status: response.statusCode ?? 0,
        statusText: response.statusMessage ?? '',
        location: response.headers.location,
        body: unpacked(response),
      });
    });
    request.end();
  });
}

function unpacked(response: IncomingMessage): Readable {
  const unpack = { gzip: createGunzip, 'x-gzip': createGunzip, deflate: createInflate }[
    response.headers['content-encoding']?.toLowerCase() ?? ''
  ];
  return unpack ? pipeline(response, unpack(), () => undefined) : response;
}
