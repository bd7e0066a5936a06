import { readFileSync } from 'node:fs';
import type { WorkflowHandle } from '@temporalio/client';
import { timingSchema, type BackUpDatabaseResult } from '../../src/contract';
import { onCluster, type FaultCluster } from '../support/cluster/fault-cluster';
import { newDatabase } from '../support/cluster/new-database';

/** What a night asks of one control worker, with the timing of production; `npm run test:full` alone. */
const DATABASES = 100;
const QUEUED = 60;
const CONTENT = 'CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT n, n FROM generate_series(1, 50) n';
const HOUR = 3_600_000;

/** Most that a process has held in memory, MB. */
const peakOf = (pid: number): number =>
  Math.round(Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);

async function measured(cluster: FaultCluster, what: string, runs: readonly WorkflowHandle[]) {
  const began = Date.now();
  const results = (await Promise.all(runs.map(async (run) => await run.result()))) as BackUpDatabaseResult[];
  const seconds = (Date.now() - began) / 1000;
  const peak = peakOf(cluster.json.processes.find(({ name }) => name === 'control-worker')?.pid ?? 0);
  process.stdout.write(
    `${what}: ${seconds.toFixed(0)} s, ${(seconds / runs.length).toFixed(1)} s a run; control worker at most ${peak} MB\n`,
  );
  return { results, peak };
}

it(
  `22.15: ${DATABASES} databases at the same minute, then ${QUEUED} queued runs of one, on one control worker as in production`,
  async () => {
    const timing = { ...timingSchema.parse({}), workflowTaskTimeout: '30s' };
    await onCluster({ apart: ['control-worker'], timing }, async (cluster) => {
      const databases: string[] = [];
      for (let n = 0; n < DATABASES; n += 1)
        databases.push(`ysql.${await newDatabase(cluster.json, `night_${n}`, CONTENT)}`);
      const start = async (database: string, more: object = {}): Promise<WorkflowHandle> =>
        await cluster.start('backUpDatabase', { database, ...more });
      const together = await measured(
        cluster,
        `${DATABASES} databases`,
        await Promise.all(databases.map((database) => start(database))),
      );
      expect(new Set(together.results.map(({ database }) => database))).toEqual(new Set(databases));
      expect(together.results.flatMap(({ warnings = [] }) => warnings)).toEqual([]);

      const [one = ''] = databases;
      const queued = await Promise.all(Array.from({ length: QUEUED }, () => start(one, { whenBusy: 'wait' })));
      const { results, peak } = await measured(cluster, `${QUEUED} queued runs`, queued);
      expect(new Set(results.map(({ backupId }) => backupId)).size).toBe(QUEUED);
      expect(peak).toBeLessThan(1_500);
      expect(await cluster.backupStates(one)).toEqual(Array.from({ length: QUEUED + 1 }, () => 'committed'));
    });
  },
  2 * HOUR,
);
