// Kalpa's engine, as a node worker uses it: the files of one replica up, or recorded files down.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { measured } from './client.mjs';

const require = createRequire(import.meta.url);
const { createTransferEngine, listFiles, openStore, TransferLimits } = require('../dist/src/transfer/index.js');

await measured(async ({ direction, s3, source, target, plan, bytesPerSecond = 0 }) => {
  const store = openStore({ ...s3, ...(s3.ca ? { ca: readFileSync(s3.ca, 'utf8') } : {}) });
  const engine = createTransferEngine();
  const limits = new TransferLimits({ bytesPerSecond });
  const keys = { data: (path) => `data/${path}`, pack: (n) => `packs/${n}` };
  const files = plan ? JSON.parse(readFileSync(plan, 'utf8')) : undefined;
  return async () => {
    let uploaded;
    if (direction === 'up')
      uploaded = await engine.uploadReplica({ store, directory: source, files: await listFiles(source), keys, limits });
    else await engine.downloadFiles({ store, files, into: target, limits });
    store.close();
    return { uploaded };
  };
});
