import { HttpFailed } from '../errors';
import { verdictOfHttp } from '../verdicts';

export interface PageOptions {
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  /** Where a page may send us: web addresses (`host:port`) of masters. Default: nowhere. */
  redirectsTo?: readonly string[];
  /** Of the body, uncompressed. Default: larger than any page of a cluster with 100,000 tablets. */
  maxBytes?: number;
}

const MAX_BYTES = 256 * 1024 * 1024;
const MAX_REDIRECTS = 3;

/** Body of one GET. Fails with `HttpFailed`; follows redirects to known masters alone, because followers redirect to the leader. */
export async function fetchPage(url: string, options: PageOptions): Promise<string> {
  const { timeoutMs, signal, maxBytes = MAX_BYTES } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await follow(url, options, signal ? AbortSignal.any([signal, timeout]) : timeout);
    if (!response.ok) {
      await response.body?.cancel();
      throw new HttpFailed(
        url,
        response.status,
        `it answered ${response.status} ${response.statusText}`.trimEnd(),
        verdictOfHttp(response.status) === 'transient',
      );
    }
    return await textOf(response, url, maxBytes);
  } catch (error) {
    if (error instanceof HttpFailed) throw error;
    if (signal?.aborted) throw new HttpFailed(url, undefined, 'the caller was cancelled', false);
    throw new HttpFailed(
      url,
      undefined,
      timeout.aborted ? `no answer within ${timeoutMs / 1000} s` : connectionReason(error),
      true,
    );
  }
}

/** Whoever answers for a page must not send us to other machines: a redirect counts only between known masters. */
async function follow(url: string, { redirectsTo = [] }: PageOptions, signal: AbortSignal): Promise<Response> {
  let at = url;
  for (let redirects = 0; ; redirects += 1) {
    const response = await fetch(at, { signal, redirect: 'manual' });
    const location = response.headers.get('location');
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return response;
    await response.body?.cancel();
    const next = URL.canParse(location, at) ? new URL(location, at) : undefined;
    const known = next && next.protocol === new URL(at).protocol && redirectsTo.includes(addressOf(next));
    if (!known || redirects === MAX_REDIRECTS)
      throw new HttpFailed(
        url,
        response.status,
        known ? 'it redirects in a circle' : 'it redirects to an address that is none of the masters in http.masters',
        false,
      );
    at = next.href;
  }
}

const addressOf = ({ hostname, port, protocol }: URL): string =>
  `${hostname}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`;

/** The length that is announced is that of the compressed body, where there is one at all: what arrives is counted. */
async function textOf(response: Response, url: string, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let received = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    received += chunk.length;
    if (received > maxBytes)
      throw new HttpFailed(url, response.status, `its body is larger than ${maxBytes} bytes`, false);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/** fetch hides the reason in `cause`. */
function connectionReason(error: unknown): string {
  const { cause, message } = error as {
    cause?: { code?: string; message?: string; errors?: { code?: string }[] };
    message?: string;
  };
  return cause?.code ?? cause?.errors?.[0]?.code ?? cause?.message ?? message ?? 'the connection failed';
}
