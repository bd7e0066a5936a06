import type { MessagePort } from 'node:worker_threads';
import type { RangeToReceive, FromThread, ReceivedRange, ToThread } from '../thread/protocol';
import type { Connections } from './connections';
import type { rangeAnswers } from './range-answers';

interface Needed {
  port: MessagePort;
  connections: Connections;
  isRange: ReturnType<typeof rangeAnswers>;
}

/** The program of the thread that receives. Like everything that it uses, it is passed to the thread as source text. */
export function receiveMain({ port, connections, isRange }: Needed): void {
  const running = new Map<number, AbortController>();

  const receive = async (
    reply: number,
    { origin, text, timeouts, first, into }: RangeToReceive,
  ): Promise<ReceivedRange> => {
    const { buffer, offset, length } = into;
    const stop = new AbortController();
    running.set(reply, stop);
    try {
      const { head, refusal } = await connections.get(origin, {
        ...{ text, timeouts, into: Buffer.from(buffer, offset, length), signal: stop.signal },
        accept: (answer) => isRange(answer, { first, length }),
      });
      return { head, ...(refusal ? { refusal: Uint8Array.from(refusal) } : {}) };
    } catch (error) {
      // Of an error, a message carries nothing but its text.
      const { name, message, code } = error as Error & { code?: string };
      return { error: { name, message, ...(code === undefined ? {} : { code }) } };
    } finally {
      running.delete(reply);
    }
  };

  port.on('message', (message: ToThread) => {
    if ('stop' in message) running.get(message.stop)?.abort();
    else if ('request' in message && message.request.kind === 'receive') {
      const { reply, request } = message;
      void receive(reply, request).then((result) => {
        port.postMessage({ reply, result } satisfies FromThread);
      });
    }
  });
}
