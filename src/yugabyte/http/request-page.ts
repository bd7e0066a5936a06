import { request as plainly, type IncomingMessage } from 'node:http';
import { request as securely } from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import { readAuthority } from '../tls/read-authority';

export interface RequestOptions {
  signal: AbortSignal;
  /** The server has let us in. */
  onConnect?: () => void;
  /** Path of the PEM that a certificate is verified against; default: node's own authorities. */
  rootCert?: string | undefined;
}

export interface Page {
  status: number;
  statusText: string;
  location: string | undefined;
  /** Unpacked. Whoever does not read it to its end destroys it. */
  body: Readable;
}

/**
 * One GET, of `http:` or `https:`; a certificate is verified with its host name. Follows nothing. (fetch takes no
 * authority of ours.)
 */
export async function requestPage(url: string, { signal, rootCert, onConnect }: RequestOptions): Promise<Page> {
  const secure = new URL(url).protocol === 'https:';
  const ca =
    secure && rootCert !== undefined
      ? { ca: await readAuthority(rootCert, 'http.rootCert, or ca.crt of tls.certsDir') }
      : {};
  return await new Promise((resolve, reject) => {
    const headers = { accept: '*/*', 'accept-encoding': 'gzip, deflate' };
    const asked = secure
      ? securely(url, { agent: false, headers, signal, ...ca })
      : plainly(url, { agent: false, headers, signal });
    asked.once('error', reject);
    if (onConnect) asked.once('socket', (socket) => socket.once(secure ? 'secureConnect' : 'connect', onConnect));
    asked.once('response', (response) => {
      asked.off('error', reject);
      asked.on('error', () => undefined); // the body tells it
      resolve({
        status: response.statusCode ?? 0,
        statusText: response.statusMessage ?? '',
        location: response.headers.location,
        body: unpacked(response),
      });
    });
    asked.end();
  });
}

function unpacked(response: IncomingMessage): Readable {
  const unpack = { gzip: createGunzip, 'x-gzip': createGunzip, deflate: createInflate }[
    response.headers['content-encoding']?.toLowerCase() ?? ''
  ];
  return unpack ? pipeline(response, unpack(), () => undefined) : response;
}
