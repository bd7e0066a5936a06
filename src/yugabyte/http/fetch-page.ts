import { Pieces } from '../../untrusted';
import { HttpFailed, InsecureConnection } from '../errors';
import { hasCallListeners, notifyCall } from '../process/calls';
import { tlsProblem } from '../tls/tls-problem';
import { verdictOfHttp } from '../verdicts';
import { requestPage, type Page } from './request-page';
import { given } from '../../objects/given';

export interface PageOptions {
  /** Until the connection is established. */
  timeoutMs: number;
  /** Until the response begins, and between two pieces of it; default: `timeoutMs`. */
  silentMs?: number;
  /** For the whole page; default: `timeoutMs`. */
  wholeMs?: number;
  signal?: AbortSignal | undefined;
  /** Permitted redirect targets: web addresses (`host:port`) of masters. Default: none. */
  redirectsTo?: readonly string[];
  /** Limit for the body, uncompressed. Default: larger than any page of a cluster with 100,000 tablets. */
  maxBytes?: number;
  /** Path of the PEM that certificates are verified against; default: Node's own authorities. */
  rootCert?: string | undefined;
}

const MAX_BYTES = 256 * 1024 * 1024;
const MAX_REDIRECTS = 3;

/**
 * Body of one GET. Fails with `HttpFailed`; follows redirects only to known masters, because followers redirect to the
 * leader.
 */
export async function fetchPage(url: string, options: PageOptions): Promise<string> {
  if (!hasCallListeners()) return await pageOf(url, options);
  const at = new Date();
  const milliseconds = (): number => Date.now() - at.getTime();
  try {
    const body = await pageOf(url, options);
    notifyCall({ kind: 'page', at, milliseconds: milliseconds(), url, status: 200, body });
    return body;
  } catch (error) {
    const { status, message: failure } = error as HttpFailed;
    notifyCall({
      kind: 'page',
      at,
      milliseconds: milliseconds(),
      url,
      failure,
      ...given({ status }),
    });
    throw error;
  }
}

async function pageOf(url: string, options: PageOptions): Promise<string> {
  const { timeoutMs, silentMs = timeoutMs, wholeMs = timeoutMs, signal, maxBytes = MAX_BYTES } = options;
  const timeout = new StallTimeout(timeoutMs, silentMs, wholeMs);
  const stop = signal ? AbortSignal.any([signal, timeout.signal]) : timeout.signal;
  try {
    const page = await follow(url, options, { signal: stop, timeout });
    if (page.status < 200 || page.status > 299) {
      page.body.destroy();
      throw new HttpFailed(
        url,
        page.status,
        `it answered ${page.status} ${page.statusText}`.trimEnd(),
        verdictOfHttp(page.status) === 'transient',
      );
    }
    return await textOf(page, url, { maxBytes, timeout });
  } catch (error) {
    if (error instanceof HttpFailed) throw error;
    if (error instanceof InsecureConnection)
      throw new HttpFailed(url, undefined, error.message.replace(/\.$/, ''), false);
    if (signal?.aborted) throw new HttpFailed(url, undefined, 'the caller was cancelled', false);
    const untrusted = timeout.problem === undefined ? tlsProblem(error) : undefined;
    if (untrusted !== undefined) throw new HttpFailed(url, undefined, untrusted, false);
    throw new HttpFailed(url, undefined, timeout.problem ?? connectionReason(error), true);
  } finally {
    timeout.end();
  }
}

/**
 * A master with 100,000 tablets takes a while to write a page and to send its 100 MB. So the request goes on as long as
 * data arrives, but a stalled response is given up soon.
 */
class StallTimeout {
  /** Why it was given up. */
  problem: string | undefined;
  private readonly stop = new AbortController();
  private readonly whole: NodeJS.Timeout;
  private piece: NodeJS.Timeout;

  constructor(
    private readonly connectMs: number,
    private readonly silentMs: number,
    wholeMs: number,
  ) {
    this.whole = this.after(wholeMs, `it was not complete within ${wholeMs / 1000} s`);
    this.piece = this.after(connectMs, `no answer within ${connectMs / 1000} s`);
  }

  get signal(): AbortSignal {
    return this.stop.signal;
  }

  /** Another server is asked. */
  readonly onRequest = (): void => {
    clearTimeout(this.piece);
    this.piece = this.after(this.connectMs, `no answer within ${this.connectMs / 1000} s`);
  };

  /** It accepted the connection, or sent something. */
  readonly onData = (): void => {
    clearTimeout(this.piece);
    this.piece = this.after(this.silentMs, `no answer within ${this.silentMs / 1000} s`);
  };

  end(): void {
    clearTimeout(this.whole);
    clearTimeout(this.piece);
  }

  private after(ms: number, why: string): NodeJS.Timeout {
    return setTimeout(() => {
      this.problem ??= why;
      this.stop.abort();
    }, ms);
  }
}

interface Waiting {
  signal: AbortSignal;
  timeout: StallTimeout;
}

/** The responding server must not send us to other machines: only redirects between known masters are followed. */
async function follow(
  url: string,
  { redirectsTo = [], rootCert }: PageOptions,
  { signal, timeout }: Waiting,
): Promise<Page> {
  let at = url;
  for (let redirects = 0; ; redirects += 1) {
    timeout.onRequest();
    const page = await requestPage(at, { signal, rootCert, onConnect: timeout.onData });
    timeout.onData();
    const { status, location } = page;
    if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return page;
    page.body.destroy();
    const next = URL.canParse(location, at) ? new URL(location, at) : undefined;
    const known = next && next.protocol === new URL(at).protocol && redirectsTo.includes(addressOf(next));
    if (!known || redirects === MAX_REDIRECTS)
      throw new HttpFailed(
        url,
        status,
        known ? 'it redirects in a loop' : 'it redirects to an address that is not a master in http.masters',
        false,
      );
    at = next.href;
  }
}

const addressOf = ({ hostname, port, protocol }: URL): string =>
  `${hostname}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`;

/** The announced length is that of the compressed body, if there is one at all: count what arrives. */
async function textOf(
  { body, status }: Page,
  url: string,
  { maxBytes, timeout }: { maxBytes: number; timeout: StallTimeout },
): Promise<string> {
  const pieces = new Pieces();
  for await (const chunk of body as AsyncIterable<Buffer>) {
    timeout.onData();
    pieces.add(chunk);
    if (pieces.bytes > maxBytes) throw new HttpFailed(url, status, `its body is larger than ${maxBytes} bytes`, false);
  }
  return new TextDecoder().decode(pieces.whole());
}

const connectionReason = (error: unknown): string => {
  const { code, message } = error as { code?: string; message?: string };
  return code ?? message ?? 'the connection failed';
};
