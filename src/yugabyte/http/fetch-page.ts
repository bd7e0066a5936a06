import { HttpFailed } from '../errors';
import { verdictOfHttp } from '../verdicts';

export interface PageOptions {
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** Larger than any page of a cluster with 100,000 tablets. */
const MAX_BYTES = 256 * 1024 * 1024;

/** Body of one GET. Fails with `HttpFailed`; follows redirects, because master followers redirect to the leader. */
export async function fetchPage(url: string, { timeoutMs, signal }: PageOptions): Promise<string> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      redirect: 'follow',
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new HttpFailed(
        url,
        response.status,
        `it answered ${response.status} ${response.statusText}`.trimEnd(),
        verdictOfHttp(response.status) === 'transient',
      );
    }
    if (Number(response.headers.get('content-length') ?? 0) > MAX_BYTES) {
      await response.body?.cancel();
      throw new HttpFailed(url, response.status, `its body is larger than ${MAX_BYTES} bytes`, false);
    }
    return await response.text();
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

/** fetch hides the reason in `cause`. */
function connectionReason(error: unknown): string {
  const { cause, message } = error as {
    cause?: { code?: string; message?: string; errors?: { code?: string }[] };
    message?: string;
  };
  return cause?.code ?? cause?.errors?.[0]?.code ?? cause?.message ?? message ?? 'the connection failed';
}
