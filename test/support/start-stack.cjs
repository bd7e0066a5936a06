// jest globalSetup of the end-to-end tests: one embedded stack for all of them, in a home of its own.
const { join } = require('node:path');
const { rmSync } = require('node:fs');
const { startStack } = require('../../dist/stack/index.js');
const timing = require('./short-timing.cjs');

module.exports = async () => {
  const home =
    process.env.KALPA_TEST_HOME ?? join(process.env.KALPA_HOME ?? join(__dirname, '../../.kalpa-test'), 'stack');
  rmSync(home, { recursive: true, force: true });
  globalThis.kalpaStack = await startStack({ home, timing, prefix: 'tests', discard: true });
  process.env.KALPA_TEST_STACK = join(home, 'stack.json');
};
