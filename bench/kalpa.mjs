// Kalpa's engine, as a node worker uses it: the files of one replica up, or recorded files down.
import { createRequire } from 'node:module';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measured } from './client.mjs';

const require = createRequire(import.meta.url);
const { createTransferEngine, listFiles, openStore, TransferLimits } = require('../dist/src/transfer/index.js');

await measured(async ({ direction, s3, source, target, plan, bytesPerSecond = 0 }) => {
  const store = openStore({ ...s3, ...(s3.ca ? { ca: readFileSync(s3.ca, 'utf8') } : {}) });
  const engine = createTransferEngine();
  const limits = new TransferLimits({ bytesPerSecond });
  const keys = { data: (path) => `data/${path}`, pack: (n) => `packs/${n}` };
  const files = plan ? JSON.parse(readFileSync(plan, 'utf8')) : undefined;
  await warmUp({ engine, store, limits });
  return async () => {
    let uploaded;
    if (direction === 'up')
      uploaded = await engine.uploadReplica({ store, directory: source, files: await listFiles(source), keys, limits });
    else await engine.downloadFiles({ store, files, into: target, limits });
    store.close();
    return { uploaded };
  };
});

/** A worker runs for months: that the SDK and the threads are loaded by its first transfer is not measured. */
async function warmUp({ engine, store, limits }) {
  const folder = mkdtempSync(join(tmpdir(), 'kalpa-bench-'));
  try {
    writeFileSync(join(folder, '000000.sst'), 'first');
    const keys = { data: (path) => `first-${process.pid}/${path}`, pack: (n) => `first-${process.pid}/pack-${n}` };
    const files = await engine.uploadReplica({
      store,
      directory: folder,
      files: await listFiles(folder),
      keys,
      limits,
    });
    // The sink keeps nothing, so this may fail; what it needs is loaded then.
    await engine
      .downloadFiles({ store, files, into: join(folder, 'again'), limits, retry: { retryForMs: 0 } })
      .catch(() => undefined);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
