import { Readable } from 'node:stream';

export interface BodyOptions {
  signal?: AbortSignal | undefined;
  into?: Buffer | undefined;
  /** More bytes than this, announced or sent, are an error. */
  atMost?: number | undefined;
}

/**
 * Reads a GET body to its end into one buffer (`into`, if given). A body that ends early is an error, so that a broken
 * connection is never taken for a short object. The stream is destroyed on any failure: an unread body would keep its
 * socket for ever.
 */
export async function readBody(
  body: unknown,
  length: number | undefined,
  { signal, into, atMost = Infinity }: BodyOptions = {},
): Promise<Buffer> {
  if (!(body instanceof Readable) && typeof (body as Readable | undefined)?.pipe !== 'function') {
    throw Object.assign(new Error('the response had no body'), { code: 'EmptyAnswer' });
  }
  const stream = body as Readable;
  if ((length ?? 0) > atMost) {
    stream.destroy();
    throw tooLarge(atMost);
  }
  const target = into ?? (length === undefined ? undefined : Buffer.allocUnsafe(length));
  const chunks: Buffer[] = [];
  let received = 0;
  const stop = () => stream.destroy(Object.assign(new Error('the request was stopped'), { name: 'AbortError' }));
  signal?.addEventListener('abort', stop, { once: true });
  try {
    if (signal?.aborted === true) stop();
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (target === undefined) chunks.push(chunk);
      else if (received + chunk.length <= target.length) chunk.copy(target, received);
      received += chunk.length;
      if (target !== undefined && received > target.length) break;
      if (received > atMost) throw tooLarge(atMost);
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    stream.destroy();
  }
  if (target !== undefined && received !== target.length) {
    const difference = `${received} of ${target.length} bytes arrived`;
    throw Object.assign(new Error(difference), { code: 'IncompleteBody' });
  }
  return target ?? Buffer.concat(chunks);
}

const tooLarge = (atMost: number): Error =>
  Object.assign(new Error(`it is larger than ${atMost} bytes`), { code: 'ObjectTooLarge' });
