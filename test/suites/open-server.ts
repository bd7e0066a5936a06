import { openStore } from '../../src/transfer';
import type { S3Server } from './s3-server';
import type { OpenedStore } from './store-suite';

/** A server and a store in its bucket; closing the store ends the server. */
export async function openServer(start: () => Promise<S3Server>): Promise<OpenedStore> {
  const server = await start();
  const store = openStore(server.config('store'));
  return {
    store,
    close: async () => {
      store.close();
      await server.stop();
    },
  };
}
