// One measurement of `npm run bench:repository`, in a process of its own: runs it, and prints what it cost as JSON.
//
// repository-case.mjs '{ "name": …, "s3": …, "cluster": …, "publicKeys": …, … }'
import { createRequire } from 'node:module';
import { folderStore, manifestOfTablets, planOfCopies } from './repository-plan.mjs';

const require = createRequire(import.meta.url);
const job = JSON.parse(process.argv[2]);

/** How many objects a page of a listing has. */
const PAGE = 1000;

/** The store with a count of the requests that it sends. */
export function counting(store, asked) {
  const counted = { ...store };
  for (const name of ['read', 'readRange', 'create', 'head', 'serverTime'])
    counted[name] = async (...args) => {
      asked.requests += 1;
      return await store[name](...args);
    };
  counted.list = async function* list(...args) {
    let found = 0;
    for await (const one of store.list(...args)) {
      if (found % PAGE === 0) asked.requests += 1;
      found += 1;
      yield one;
    }
    if (found === 0) asked.requests += 1;
  };
  return counted;
}

/** A command of the command line, with everything that it prints. */
async function command(argv, asked) {
  const { runCli } = require('../dist/src/cli/run-cli.js');
  const { catalogueOf } = require('../dist/src/cli/core/open-catalogue.js');
  const { openRepository, trustOf } = require('../dist/src/repository/index.js');
  const { openStore } = require('../dist/src/transfer/index.js');
  let lines = 0;
  let errors = '';
  const stdout = { write: (text) => (lines += text.split('\n').length - 1) };
  const io = {
    ...{ env: {}, cwd: process.cwd(), stdout, stderr: { write: (text) => (errors += text) } },
    ...{ now: () => new Date(), onInterrupt: () => () => undefined },
  };
  const parts = {
    loadConfig: () => ({ config: { cluster: job.cluster } }),
    openCatalogue: (_, cluster) => {
      const store = openStore(job.s3);
      const trust = trustOf({ publicKeys: job.publicKeys });
      const repository = openRepository({ store: counting(store, asked), cluster, trust });
      return catalogueOf(repository, () => store.close());
    },
  };
  const code = await runCli(argv, io, parts);
  if (code !== 0) throw new Error(`kalpa ${argv.join(' ')} ended with ${code}: ${errors}`);
  return { lines };
}

/** The repository as an activity of the control worker has it. */
function opened(asked) {
  const { openRepository, trustOf } = require('../dist/src/repository/index.js');
  const { openStore } = require('../dist/src/transfer/index.js');
  const trust = trustOf({ publicKeys: job.publicKeys, privateKey: job.privateKey });
  return openRepository({ store: counting(openStore(job.s3), asked), cluster: job.cluster, trust });
}

/** A repository whose records are files of a folder. */
function inFolder(asked) {
  const { trustOf } = require('../dist/src/repository/index.js');
  const trust = trustOf({ publicKeys: job.publicKeys, privateKey: job.privateKey });
  return { store: counting(folderStore(job.folder), asked), cluster: job.cluster, trust };
}

/** An activity of the control worker. */
async function activity(run) {
  const { asyncLocalStorage } = require('@temporalio/activity');
  const context = { cancellationSignal: new AbortController().signal, heartbeat: () => undefined, info: {} };
  return await asyncLocalStorage.run(context, run);
}

const CASES = {
  backups: async (asked) => await command(['backups'], asked),
  newest: async (asked) => await command(['backups', '--newest', '20'], asked),
  sizes: async (asked) => await command(['backups', '--sizes'], asked),
  usage: async (asked) => await command(['usage'], asked),
  retention: async (asked) => {
    const { makePlanRetention } = require('../dist/src/activities/control/retention/plan-retention.js');
    const planRetention = makePlanRetention({ repository: opened(asked), config: {} });
    const chain = { workflowId: 'kalpa/retention/bench', firstExecutionRunId: 'bench' };
    const { kept, deleted } = await activity(async () => await planRetention({ chain }));
    return { kept, deleted };
  },
  inspect: async (asked) => {
    const { recoverableFromBucket } = require('../dist/src/activities/control/inspect/recoverable.js');
    const { ranges } = await recoverableFromBucket({ repository: opened(asked) }, job.database);
    return { ranges: ranges.length };
  },
  moment: async (asked) => {
    const { findBackup } = require('../dist/src/activities/control/lookup/find-backup.js');
    const chain = { workflowId: 'kalpa/restore/bench', firstExecutionRunId: 'bench' };
    const wanted = { chain, backup: { database: job.database }, to: job.moment };
    const { backupId } = await findBackup({ repository: opened(asked), config: { cluster: job.cluster } }, wanted);
    return { backupId };
  },
  plan: async (asked) => await planOfCopies(inFolder(asked), job.input),
  manifest: async (asked) => await manifestOfTablets(inFolder(asked), job.tablets),
};

const asked = { requests: 0 };
const began = performance.now();
const used = process.cpuUsage();
const answer = await CASES[job.name](asked);
const { user, system } = process.cpuUsage(used);
const seconds = (performance.now() - began) / 1000;
const figures = { seconds, cpu: (user + system) / 1e6, rss: process.resourceUsage().maxRSS * 1024, ...asked, answer };
console.log(JSON.stringify(figures));
process.exit(0);
