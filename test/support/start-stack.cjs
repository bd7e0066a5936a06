// jest globalSetup of the end-to-end tests: one embedded stack for all of them, in a home of its own, and the host of
// the clusters that the fault tests make beside it.
const { spawn } = require('node:child_process');
const { mkdirSync, openSync, rmSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { startStack } = require('../../dist/stack/index.js');
const timing = require('./short-timing.cjs');

module.exports = async () => {
  if (process.env.KALPA_TEST_HOST !== undefined) return; // `npm test` has started it, for several projects
  const home =
    process.env.KALPA_TEST_HOME ?? join(process.env.KALPA_HOME ?? join(__dirname, '../../.kalpa-test'), 'stack');
  rmSync(home, { recursive: true, force: true });
  globalThis.kalpaStack = await startStack({ home, timing, prefix: 'tests', discard: true });
  process.env.KALPA_TEST_STACK = join(home, 'stack.json');
  const { temporal, s3, signing } = globalThis.kalpaStack.json;
  process.env.KALPA_TEST_HOST = await startHost(process.env.KALPA_TEST_CLUSTERS ?? join(home, 'clusters'), {
    temporal,
    s3,
    signing,
  });
};

async function startHost(home, servers) {
  mkdirSync(home, { recursive: true });
  const settings = join(home, 'host.json');
  writeFileSync(settings, JSON.stringify({ home, ...servers, timing }), { mode: 0o600 });
  const log = openSync(join(home, 'host.log'), 'a');
  const child = spawn(process.execPath, [join(__dirname, '../../dist/test/host/main.js'), settings], {
    env: { ...process.env, UV_THREADPOOL_SIZE: '16' },
    stdio: ['ignore', 'pipe', log],
  });
  globalThis.kalpaHost = child;
  return await new Promise((resolve, reject) => {
    child.once('exit', (code) =>
      reject(new Error(`The host of the fault tests ended with ${code}; see ${home}/host.log`)),
    );
    child.stdout.on('data', (chunk) => {
      const url = /host ready (\S+)/.exec(String(chunk))?.[1];
      if (url) resolve(url);
    });
  });
}
