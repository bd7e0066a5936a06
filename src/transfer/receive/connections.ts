import type { FifoSemaphore } from '../limits/fifo-semaphore';
import type { Answer, GetRequest, connecting, Connection, Origin } from './connection';

/** Keeps connections for the next request to the same host. */
export interface Connections {
  get(origin: Origin, request: GetRequest): Promise<Answer>;
  close(): void;
}

interface Needed {
  connect: ReturnType<typeof connecting>;
  FifoSemaphore: new (limit: number) => FifoSemaphore;
}

/** Makes one that has no connection yet. */
export function keepingConnections({ connect, FifoSemaphore }: Needed): Connections {
  /** As many as the SDK's own agent opens. */
  const MOST = 64;

  class KeptConnections implements Connections {
    private readonly idle = new Map<string, Connection[]>();
    private readonly open = new Set<Connection>();
    private readonly admitted = new FifoSemaphore(MOST);

    async get(origin: Origin, request: GetRequest): Promise<Answer> {
      await this.admitted.acquire(1, request.signal);
      try {
        const kept = this.kept(origin);
        if (kept) {
          try {
            return await this.through(kept, origin, request);
          } catch (error) {
            // The store may have closed it while it was idle, and a GET may safely be repeated.
            if (!kept.unanswered || (error as Error).name === 'AbortError' || (error as Error).name === 'TimeoutError')
              throw error;
          }
        }
        return await this.through(this.connect(origin), origin, request);
      } finally {
        this.admitted.release(1);
      }
    }

    close(): void {
      for (const connection of this.open) connection.close();
      this.idle.clear();
    }

    private async through(connection: Connection, origin: Origin, request: GetRequest): Promise<Answer> {
      const answer = await connection.get(request);
      if (connection.usable && this.open.has(connection)) this.idleOf(origin).push(connection);
      return answer;
    }

    private kept(origin: Origin): Connection | undefined {
      const idle = this.idleOf(origin);
      for (let connection = idle.pop(); connection; connection = idle.pop()) if (connection.usable) return connection;
      return undefined;
    }

    private connect(origin: Origin): Connection {
      const connection = connect(origin, () => {
        this.open.delete(connection);
        const idle = this.idleOf(origin);
        if (idle.includes(connection)) idle.splice(idle.indexOf(connection), 1);
      });
      this.open.add(connection);
      return connection;
    }

    private idleOf({ tls, host, port }: Origin): Connection[] {
      const name = `${tls ? 'tls' : 'tcp'} ${host} ${port}`;
      const idle = this.idle.get(name) ?? [];
      this.idle.set(name, idle);
      return idle;
    }
  }

  return new KeptConnections();
}
