import type { InspectClusterResult, RecoverToPointInTimeResult } from '../../src/contract';
import { onCluster, type FaultCluster } from '../support/cluster/fault-cluster';
import { dialects, inFull } from '../support/matrix';
import { withSql } from '../support/cluster/sql';
import { disableRecovery, momentAfter, recoverableDatabase } from '../support/cluster/recovery';
import { failureOf } from '../support/stack';
import { guardianEnd, untilPending } from '../support/cluster/watch-run';

const REWIND_STEPS = ['preflightRecovery', 'endSessions', 'rewindDatabase', 'waitForRestoration', 'lookAfterRecovery'];

async function problems(cluster: FaultCluster): Promise<string> {
  const found = await cluster.run<InspectClusterResult>('inspectCluster', {});
  return found.problems.join('\n');
}

describe.each(dialects())('point-in-time recovery under fire, dialect %s', (dialect) => {
  const apart = ['control-worker'];
  const rewind = (database: string, to: string): object => ({ database, to, confirmDataLoss: database });

  inFull.each(REWIND_STEPS)(
    '36: in the step %s of a rewind: it continues with another worker, and one restoration runs',
    async (step) => {
      await onCluster({ dialect, apart }, async (cluster) => {
        const database = await recoverableDatabase(cluster);
        const before = await cluster.content(database);
        const to = await momentAfter(cluster);
        await cluster.sql(database, 'DELETE FROM orders');
        const handle = await cluster.start('recoverToPointInTime', rewind(database, to));
        await untilPending(handle, step);
        await cluster.kill('control-worker');
        expect((await handle.result()) as RecoverToPointInTimeResult).toMatchObject({ database, mode: 'rewind' });
        expect(await cluster.content(database)).toEqual(before);
        expect((await cluster.status()).restorations).toHaveLength(1);
        expect(await guardianEnd(cluster.client, database, cluster.name)).toBe('COMPLETED');
        await disableRecovery(cluster, database);
      });
    },
  );

  it.concurrent(
    '19: the clock of the cluster is not that of Temporal: a length of time is refused, with the time there',
    async () => {
      await onCluster({ dialect }, async (cluster) => {
        const database = await recoverableDatabase(cluster);
        // Sessions of Kalpa look in pg_catalog alone, so the function itself is another one.
        const replaced = (as: string): string =>
          `CREATE OR REPLACE FUNCTION pg_catalog.clock_timestamp() RETURNS timestamptz VOLATILE ${as}`;
        const clock = replaced("LANGUAGE sql AS $$ SELECT pg_catalog.now() + interval '5 minutes' $$");
        await cluster.sql('ysql.yugabyte', clock);
        const input = { database, ago: '10 minutes', confirmDataLoss: database };
        const failure = await failureOf(await cluster.start('recoverToPointInTime', input));
        expect(failure).toMatchObject({ type: 'PreflightFailed' });
        expect(failure.message).toMatch(/cluster is (300|301|302) s ahead of it.*it is 20\d\d-.*Z there/);
        const unreadable = replaced('LANGUAGE sql AS $$ SELECT (1 / 0)::text::timestamptz $$');
        await cluster.sql('ysql.yugabyte', unreadable);
        const unknown = await failureOf(await cluster.start('recoverToPointInTime', input));
        expect(unknown).toMatchObject({ type: 'PreflightFailed' });
        expect(unknown.message).toMatch(/could not be read to compare them: .*division by zero.*Nothing was changed/s);
        await cluster.sql('ysql.yugabyte', replaced("LANGUAGE internal AS 'clock_timestamp'"));
        await disableRecovery(cluster, database);
      });
    },
  );

  inFull('68: tables of another database are made during a rewind: the rewind warns of it', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const other = await cluster.database('other');
      const database = await recoverableDatabase(cluster);
      const rewound = async (meanwhile: () => Promise<void>): Promise<string[]> => {
        const to = await momentAfter(cluster);
        await cluster.sql(database, 'DELETE FROM orders WHERE id % 2 = 0');
        await cluster.arm({ name: 'restoration-hangs' });
        const handle = await cluster.start('recoverToPointInTime', rewind(database, to));
        await untilPending(handle, 'waitForRestoration');
        await meanwhile();
        await cluster.disarm();
        const { warnings = [] } = (await handle.result()) as RecoverToPointInTimeResult;
        return warnings.filter((warning) => warning.includes('The schema of'));
      };
      const rows = async (): Promise<void> => {
        await cluster.sql(other, 'DELETE FROM orders WHERE id < 10');
      };
      expect(await rewound(rows)).toEqual([]);
      const ddl = async (): Promise<void> => {
        await cluster.sql(other, 'CREATE TABLE late (id int)');
      };
      expect(await rewound(ddl)).toEqual([
        expect.stringContaining(`The schema of ${other} changed while ${database} was put back`),
      ]);
      await disableRecovery(cluster, database);
    });
  });

  inFull('68: another database can not be asked: the rewind is done, and says so', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await recoverableDatabase(cluster);
      const before = await cluster.content(database);
      const to = await momentAfter(cluster);
      await cluster.sql(database, 'DELETE FROM orders');
      const unreachable = "ALTER DATABASE closed SET session_preload_libraries = 'none_such'"; // every connection ends at its start
      for (const text of ['CREATE DATABASE closed', unreachable]) await cluster.sql('ysql.yugabyte', text);
      const { warnings = [] } = await cluster.run<RecoverToPointInTimeResult>(
        'recoverToPointInTime',
        rewind(database, to),
      );
      expect(warnings.join('\n')).toMatch(
        /not known whether the schema of another database changed meanwhile: .*closed/,
      );
      expect(await cluster.content(database)).toEqual(before);
      await disableRecovery(cluster, database);
    });
  });

  inFull('72: the schedule is made by hand, or changed by hand: one is kept, and the change is reported', async () => {
    await onCluster({ dialect }, async (cluster) => {
      await recoverableDatabase(cluster);
      expect(await problems(cluster)).toBe('');
      if (dialect === '2.6') return;
      const { schedules } = JSON.parse(await cluster.ybAdmin('list_snapshot_schedules')) as {
        schedules: { id: string }[];
      };
      const [{ id } = { id: '' }] = schedules;
      await cluster.ybAdmin('edit_snapshot_schedule', id, 'interval', '5');
      expect(await problems(cluster)).toMatch(/every 5 minutes.*1 minute and .* were requested/);
      await cluster.ybAdmin('delete_snapshot_schedule', id);
      expect(await problems(cluster)).toMatch(/its snapshot schedule .* is gone/);
    });
  });

  inFull('66: a transaction is open, and sessions are idle: they end, and the result says how many', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await recoverableDatabase(cluster);
      const before = await cluster.content(database);
      const to = await momentAfter(cluster);
      const ended = withSql(cluster.json.ysql, database.slice(5), async (client) => {
        client.on('error', () => undefined);
        await client.query('BEGIN; DELETE FROM orders');
        const result = await cluster.run<RecoverToPointInTimeResult>('recoverToPointInTime', rewind(database, to));
        expect(result.warnings?.join()).toMatch(/1 open sessions were ended/);
        await client.query('COMMIT');
      });
      await expect(ended).rejects.toThrow();
      expect(await cluster.content(database)).toEqual(before);
      await disableRecovery(cluster, database);
    });
  });

  inFull('74: the restoration of a rewind ends FAILED: RestoreFailed, and the lock is let go', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await recoverableDatabase(cluster);
      const to = await momentAfter(cluster);
      await cluster.arm({ name: 'restoration-fails' });
      const failure = await failureOf(await cluster.start('recoverToPointInTime', rewind(database, to)));
      expect(failure).toMatchObject({ type: 'RestoreFailed' });
      expect(await guardianEnd(cluster.client, database, cluster.name)).toBe('COMPLETED');
      await cluster.run('recoverToPointInTime', rewind(database, to));
      await disableRecovery(cluster, database);
    });
  });

  if (dialect === '2.6') {
    inFull(
      '63: the schema was changed since, in a release that reverts rows only: refused with what changed',
      async () => {
        await onCluster({ dialect }, async (cluster) => {
          const database = await recoverableDatabase(cluster);
          const to = await momentAfter(cluster);
          await cluster.sql(database, 'CREATE TABLE later (id int)');
          const failure = await failureOf(await cluster.start('recoverToPointInTime', rewind(database, to)));
          expect(failure).toMatchObject({ type: 'PreflightFailed' });
          expect(failure.message).toContain('later was created');
        });
      },
    );
    return;
  }

  inFull(
    '69: streams carry the changes elsewhere: refused with their ids, unless it is said that they are prepared',
    async () => {
      await onCluster({ dialect }, async (cluster) => {
        const database = await recoverableDatabase(cluster);
        const to = await momentAfter(cluster);
        await cluster.sql(database, 'DELETE FROM orders');
        for (const captures of [true, false]) await cluster.act('stream', { database: database.slice(5), captures });
        await cluster.act('stream', { database: 'yugabyte', captures: true }); // someone else's
        const failure = await failureOf(await cluster.start('recoverToPointInTime', rewind(database, to)));
        expect(failure).toMatchObject({ type: 'PreflightFailed' });
        expect(failure.message).toMatch(/2 streams replicate the changes.*"acknowledgeStreams": true/);
        const acknowledged = { ...rewind(database, to), acknowledgeStreams: true };
        const rewound = await cluster.run('recoverToPointInTime', acknowledged);
        expect(rewound).toMatchObject({
          mode: 'rewind',
          covered: { streams: Array(2).fill(expect.stringMatching(/^[0-9a-f]{32}$/)) },
        });
        await disableRecovery(cluster, database);
      });
    },
  );

  inFull(
    '69: replication from another universe writes it: refused with its tables, unless both sides are prepared',
    async () => {
      await onCluster({ dialect }, async (cluster) => {
        const database = await recoverableDatabase(cluster);
        const to = await momentAfter(cluster);
        await cluster.sql(database, 'DELETE FROM orders');
        await cluster.act('replicated', { database: database.slice(5) });
        const failure = await failureOf(await cluster.start('recoverToPointInTime', rewind(database, to)));
        expect(failure).toMatchObject({ type: 'PreflightFailed' });
        expect(failure.message).toMatch(
          /xCluster replication from another universe writes \d tables of .*customers.*"acknowledgeStreams": true/,
        );
        const acknowledged = { ...rewind(database, to), acknowledgeStreams: true };
        const rewound = await cluster.run('recoverToPointInTime', acknowledged);
        expect(rewound).toMatchObject({
          mode: 'rewind',
          covered: { replicatedTables: expect.arrayContaining(['orders']) as string[] },
        });
        await disableRecovery(cluster, database);
      });
    },
  );

  inFull('73: an index was being built: named after the rewind, to be made again', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const database = await recoverableDatabase(cluster);
      const halfBuilt = `SET allow_system_table_mods = on;
        UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'orders_by_customer'::regclass`;
      await cluster.sql(database, halfBuilt);
      const to = await momentAfter(cluster);
      await cluster.sql(database, 'DELETE FROM orders WHERE id = 1');
      const rewound = await cluster.run('recoverToPointInTime', rewind(database, to));
      expect(rewound).toMatchObject({ mode: 'rewind', invalidIndexes: ['public.orders_by_customer'] });
      await disableRecovery(cluster, database);
    });
  });
});
