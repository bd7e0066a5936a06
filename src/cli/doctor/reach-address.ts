import { connect } from 'node:net';

export const RESPONSE_TIMEOUT_MS = 2_000;

/** Whether anything accepts TCP connections at `host:port`. */
export async function acceptsConnections(address: string): Promise<boolean> {
  const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? [];
  return await new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: RESPONSE_TIMEOUT_MS });
    const end = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', end(true));
    socket.once('timeout', end(false));
    socket.once('error', end(false));
  });
}

interface MastersPage {
  masters?: { registration?: { private_rpc_addresses?: { host: string; port: number }[] } }[];
}

/**
 * RPC addresses of the masters from `/api/v1/masters` of a master or tserver, fetched with `read`. Throws if there is
 * no such page.
 */
export async function mastersByWeb(web: string, read: (path: string) => Promise<string>): Promise<string[]> {
  const { masters } = JSON.parse(await read('/api/v1/masters')) as MastersPage;
  if (!Array.isArray(masters)) throw new Error(`${web} has no page that lists the masters.`);
  return masters.flatMap(({ registration }) =>
    (registration?.private_rpc_addresses ?? []).slice(0, 1).map(({ host, port }) => `${host}:${port}`),
  );
}
