import type { WorkflowHandle } from '@temporalio/client';
import { setTimeout as pause } from 'node:timers/promises';
import type { BackUpDatabaseResult, RecoverToPointInTimeResult } from '../../src/contract';
import { expectWhole } from '../support/expect-whole';
import { onFaultyStore } from '../support/store/on-faulty-store';
import { disableRecovery, momentAfter, recoverableDatabase } from '../support/cluster/recovery';

/** A page shows what is unavailable for longer than a tenth of preflight's time. */
const timing = { preflightDeadline: '40s' };
const DOWN_MS = 7_000;
const ELECTION_MS = 2_000;

/** The lines of the page on what is waited for, until the run has ended; each is also given to `onLine`. */
async function toldBy(run: WorkflowHandle, onLine: (line: string) => void = () => undefined): Promise<string> {
  const told = new Set<string>();
  while ((await run.describe()).status.name === 'RUNNING') {
    const { message } = await run.query<{ message: string }>('progress').catch(() => ({ message: '' }));
    if (message.startsWith('Waiting up to') && !told.has(message)) {
      told.add(message);
      onLine(message);
    }
    await pause(100);
  }
  return [...told].join('\n');
}

describe('components that are unavailable for a while', () => {
  it.concurrent(
    '22.17, 22.20: a nightly backup meets a master that restarts and a store that drops connections: its page says so, and it is made',
    async () => {
      await onFaultyStore({ dialect: '2025.1', timing }, async (cluster, store) => {
        const database = await cluster.database();
        await cluster.act('restart-master', { downMs: DOWN_MS, electionMs: ELECTION_MS });
        store.arm('reset', () => true, Infinity);
        const handle = await cluster.start('backUpDatabase', { database, whenBusy: 'wait', fingerprint: 'full' });
        const back = (): void => {
          store.disarm();
          store.arm('slowDown', () => true, 2);
        };
        const told = await toldBy(handle, (line) => {
          if (line.includes('The store ') && store.struck.slowDown === undefined) back();
        });
        const backup = (await handle.result()) as BackUpDatabaseResult;
        expect(told).toMatch(/Unable to establish connection to leader master|ECONNREFUSED/);
        expect(told).toMatch(/The store \S+: .*(ECONNRESET|socket hang up)/i);
        expect(store.struck).toMatchObject({ slowDown: 2 });
        expect(backup.warnings).toBeUndefined();
        expect(await cluster.backupStates(database)).toEqual(['committed']);
        await expectWhole(cluster, database, backup);
      });
    },
  );

  it.concurrent(
    '22.20: a rewind and a clone need no bucket: both are made while the store is unavailable all the time',
    async () => {
      await onFaultyStore({ dialect: '2025.1', timing: { preflightDeadline: '8s' } }, async (cluster, store) => {
        const database = await recoverableDatabase(cluster);
        const before = await cluster.content(database);
        const to = await momentAfter(cluster);
        await cluster.sql(database, 'DELETE FROM orders');
        store.arm('reset', () => true, Infinity);
        const clone = await cluster.run<RecoverToPointInTimeResult>('recoverToPointInTime', {
          database,
          to,
          as: 'beside',
        });
        expect(clone).toMatchObject({ database: 'ysql.beside', mode: 'clone' });
        expect(await cluster.content('ysql.beside')).toEqual(before);
        const input = { database, to, confirmDataLoss: database };
        const rewound = await cluster.run<RecoverToPointInTimeResult>('recoverToPointInTime', input);
        expect(rewound).toMatchObject({ database, mode: 'rewind' });
        expect(await cluster.content(database)).toEqual(before);
        for (const { warnings = [] } of [clone, rewound])
          expect(warnings.filter((warning) => /audit record could not be written/.test(warning))).toHaveLength(1);
        expect(store.struck.reset).toBeGreaterThan(1);
        store.disarm();
        await disableRecovery(cluster, database);
        await cluster.sql('ysql.yugabyte', 'DROP DATABASE beside');
      });
    },
  );
});
