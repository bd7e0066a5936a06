import { availableParallelism } from 'node:os';
import { placeOf } from '../thread/place';
import { ThreadSession, WorkThread } from '../thread/work-thread';
import type { Answer, Origin, Timeouts } from './connection';
import { isRange, openConnections, RECEIVE_PROGRAM } from './receive-program';

/** A signed GET of a range. */
export interface RangeRequest {
  /** Request line and headers, with the empty line. */
  text: string;
  into: Buffer;
  /** Offset of its first byte in the object. */
  first: number;
  timeouts: Timeouts;
  signal?: AbortSignal | undefined;
}

/** Fetches ranges over connections that it keeps. */
export interface RangeReceiver {
  get(origin: Origin, request: RangeRequest): Promise<Answer>;
  close(): void;
}

/**
 * Receives in a thread of its own where there is a processor for it, so that neither the worker's heartbeats nor the
 * hashes wait for incoming bytes, or the other way round. Buffers that the thread can't see (those that are not slots)
 * are filled here.
 */
export function rangeReceiver(): RangeReceiver {
  const threaded = availableParallelism() > 1;
  const here = openConnections();
  const inline = async (origin: Origin, request: RangeRequest): Promise<Answer> =>
    await here.get(origin, {
      ...request,
      accept: (head) => isRange(head, { first: request.first, length: request.into.length }),
    });
  const thread = new WorkThread(() => new ThreadSession(RECEIVE_PROGRAM, 'kalpa-receive'));
  return {
    get: async (origin, request) =>
      threaded && placeOf(request.into) !== undefined
        ? await inThread(thread, origin, request)
        : await inline(origin, request),
    close: () => {
      here.close();
      thread.close();
    },
  };
}

/** Resolves only when the thread no longer uses the buffer, even after the signal was aborted. */
async function inThread(thread: WorkThread, origin: Origin, request: RangeRequest): Promise<Answer> {
  const { text, first, timeouts, signal } = request;
  const into = placeOf(request.into);
  if (into === undefined) throw new TypeError('The buffer is not shared.');
  signal?.throwIfAborted();
  const { session, release } = thread.use();
  const reply = session.ask({ kind: 'receive', origin, text, first, timeouts, into });
  const stop = (): void => {
    session.stop(reply);
  };
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const answer = await reply;
    if ('error' in answer) throw Object.assign(new Error(answer.error.message), answer.error);
    const { head, refusal } = answer;
    return { head, ...(refusal ? { refusal: Buffer.from(refusal) } : {}) };
  } finally {
    signal?.removeEventListener('abort', stop);
    release();
  }
}
