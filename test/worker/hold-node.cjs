// Holds the lock of a node until it is killed. Said on stdout: that it waits, and that it holds.
const { holdNode } = require('../../dist/src/worker/node-lock.js');

const [dataDir] = process.argv.slice(2);
const self = { pid: process.pid, host: 'here', version: '0.0.0', since: '2026-11-22T02:00:07Z' };
setInterval(() => undefined, 60_000);
void holdNode({ dataDir, cluster: 'demo', self, onWait: (holder) => console.log(`waits for ${holder.pid}`) }).then(() =>
  console.log('holds'),
);
