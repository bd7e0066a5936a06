// One command line as a process of its own, whose bucket, Temporal and cluster hold a long list: more than a megabyte
// of text.
const { runProcess } = require('../../../dist/src/cli/run-process.js');

const MANY = 12_000;
const many = (one) => Array.from({ length: MANY }, (_, i) => one(String(i).padStart(5, '0')));
const at = '2026-11-22T02:00:07Z';
const long = 'x'.repeat(60);

const backups = many((i) => ({
  backupId: `ysql.d${i}-${long}`,
  database: `ysql.d${i}`,
  startedAt: at,
  state: 'failed',
}));
const dumps = many((i) => ({
  dumpId: `ysql.d${i}-dump-${long}`,
  subject: `ysql.d${i}`,
  startedAt: at,
  state: 'failed',
}));
const manifest = {
  key: 'manifests/x.json',
  sha256: 'ab',
  header: {
    backupId: 'ysql.d-20261122T020007Z-3fa9c1',
    tables: many((i) => ({ id: i, name: `t${i}${long}`, schema: 'public', kind: 'table', partitions: 3, rows: 7 })),
    totals: { tables: MANY, tablets: MANY, files: 1, bytes: 1, uploadedBytes: 1, reusedBytes: 0 },
    ...{ database: 'ysql.d', cluster: 'demo', recoveryPoint: at, kalpaVersion: '0', yugabyteVersion: '2' },
    ...{ roles: [], tablespaces: [], extensions: [], invalidIndexes: [], refersTo: [] },
  },
};
const inspected = {
  cluster: 'demo',
  ...{ version: '2025.1', dialect: '2025.1', nodes: [], problems: [] },
  store: { safe: true, findings: [] },
  databases: many((i) => ({ database: `ysql.d${i}${long}`, tables: 1, tablets: 1, bytes: 1, recoverable: [] })),
  snapshots: many((i) => ({ snapshotId: i, database: `ysql.${long}`, state: 'COMPLETE', madeBy: 'kalpa' })),
};
const run = {
  workflowId: 'w',
  reference: () => ({ workflowId: 'w' }),
  result: async () => inspected,
  progress: async () => ({ phases: [], nodes: [] }),
};
const client = {
  run: run.result,
  start: async () => run,
  schedules: {
    list: async () => many((id) => ({ id: `backup/${id}${long}`, operation: 'b', state: 'active', recentRuns: [] })),
  },
  runs: async () => ({
    runs: many((i) => ({ workflowId: `backup/${i}${long}`, operation: 'b', startedAt: at })),
    more: false,
  }),
  close: async () => undefined,
};
async function* oneByOne(rows) {
  yield* rows;
}

const catalogue = {
  where: 's3://kalpa',
  list: async () => backups,
  dumps: async () => dumps,
  read: async () => manifest,
  newest: async () => manifest,
  details: oneByOne,
  dumpDetails: oneByOne,
  operations: async () => ({
    operations: many((i) => ({ operation: 'b', workflowId: `backup/${i}${long}`, startedAt: at, outcome: 'complete' })),
    more: false,
  }),
  holdings: async () => ({ holdings: [], unread: [] }),
  policies: async () => undefined,
  forPlan: async () => ({ backups: [], policies: {}, now: 0 }),
  close: () => undefined,
};

void runProcess(process.argv.slice(2), {
  loadConfig: () => ({ config: { cluster: 'demo' } }),
  connect: async () => client,
  refuseForeignWorkers: async () => undefined,
  openCatalogue: () => catalogue,
  openScheduleRecords: () => ({ close: () => undefined }),
});
