import { instantMicros } from '../../src/contract';
import { onCluster } from '../support/cluster/fault-cluster';
import { EVERY, Ledger, micros, upTo } from '../support/ledger';
import { dialects, FULL, inFull } from '../support/matrix';
import { withSql } from '../support/cluster/sql';
import { failureOf, until } from '../support/stack';

/** Up to three runs one after the other, two tests at once. */
jest.setTimeout(360_000);

describe.each(dialects())('point-in-time recovery, dialect %s', (dialect) => {
  it.concurrent('64, 63: a rewind is exact; a moment outside the window is refused with the window', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const ledger = await Ledger.on(cluster);
      await ledger.write(1, 30);
      const { database } = ledger;

      const early = await ledger.refused({ to: '2020-01-01T00:00:00Z', confirmDataLoss: database });
      expect(early.type).toBe('OutsideRecoveryWindow');
      expect(early.message).toMatch(/can be recovered from 20\d\d-.*Z to 20\d\d-.*Z/);
      const late = await ledger.refused({ to: String(micros() + 60_000_000n), confirmDataLoss: database });
      expect(late).toMatchObject({ type: 'OutsideRecoveryWindow' });
      expect(late.message).toContain('in the future');
      const milliseconds = await ledger.refused({ to: String(Date.now()), confirmDataLoss: database });
      expect(milliseconds).toMatchObject({ type: 'InvalidInput', details: [{ field: 'to' }] });
      const unconfirmed = await ledger.refused({ to: ledger.behind(12) });
      expect(unconfirmed.type).toBe('DataLossNotConfirmed');
      expect(unconfirmed.message).toContain(`"confirmDataLoss": "${database}"`);
      const [{ to, loss }] = unconfirmed.details as [{ to: string; loss: string }];
      expect([instantMicros(to), unconfirmed.message.startsWith(loss)]).toEqual([ledger.behind(12), true]);
      expect(await ledger.numbers()).toEqual(upTo(30));

      for (const n of [22, 12]) {
        const rewound = await ledger.rewind(ledger.behind(n));
        expect(rewound).toMatchObject({ database, mode: 'rewind', invalidIndexes: [], covered: { ddlSince: [] } });
        expect(await ledger.numbers()).toEqual(upTo(n));
      }
      await ledger.write(101, 110);
      const moment = Date.parse(new Date(Number(BigInt(ledger.behind(105)) / 1000n)).toISOString());
      expect(moment).toBeGreaterThan(0);
      await ledger.rewind(ledger.behind(105));
      expect(await ledger.numbers()).toEqual([...upTo(12), 101, 102, 103, 104, 105]);
      await ledger.disable();
    });
  });

  inFull('76: a copy of a moment beside the original, which is not touched', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const ledger = await Ledger.on(cluster);
      await cluster.backUp(ledger.database); // proves the schema where the release can't clone
      await ledger.write(1, 20);
      const copy = await ledger.recover({ to: ledger.behind(8), as: 'aside' });
      expect(copy).toMatchObject({ database: 'ysql.aside', mode: 'clone' });
      expect(await ledger.numbers('ysql.aside')).toEqual(upTo(8));
      expect(await ledger.numbers()).toEqual(upTo(20));
      const next = await withSql(
        cluster.json.ysql,
        'aside',
        async (client) => await client.query("SELECT nextval('tickets') AS n"),
      );
      expect(next.rows).toEqual([{ n: '2' }]);
      const taken = await ledger.refused({ to: ledger.behind(8), as: 'aside' });
      expect(taken).toMatchObject({ type: 'AlreadyExists' });
      await ledger.disable();
    });
  });

  it.concurrent('a moment that a backup carries is restored from the bucket alone', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const ledger = await Ledger.on(cluster); // enabling proves the schema, as an earlier backup does
      const before = FULL ? await cluster.backUp(ledger.database) : undefined;
      await ledger.write(1, 20);
      const after = await cluster.backUp(ledger.database);
      await ledger.disable();
      const { database } = ledger;
      const restore = async (to: string, as: string, backup: unknown = { database }) =>
        await cluster.start('restoreDatabase', { backup, to, as });
      for (const n of FULL ? [5, 16] : [16]) {
        expect(await (await restore(ledger.behind(n), `at_${n}`)).result()).toMatchObject({ backupId: after.backupId });
        expect(await ledger.numbers(`ysql.at_${n}`)).toEqual(upTo(n));
      }
      const outside = await failureOf(await restore('2020-01-01T00:00:00Z', 'never'));
      expect(outside.type).toBe('OutsideRecoveryWindow');
      if (!before) return;
      const early = await failureOf(await restore(ledger.behind(5), 'never', before.backupId));
      expect(early.type).toBe('OutsideRecoveryWindow');
    });
  });

  inFull('enabling is declared once: the same again changes nothing, another interval edits it', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const ledger = await Ledger.on(cluster);
      const { database, enabled } = ledger;
      const enable = async (more: object) =>
        await cluster.start('enablePointInTimeRecovery', { database, ...EVERY, ...more });
      expect(await (await enable({})).result()).toMatchObject({ scheduleId: enabled.scheduleId });
      const other = await enable({ every: '2 minutes' });
      if (dialect === '2.6') expect(await failureOf(other)).toMatchObject({ type: 'IncompatibleVersion' });
      else expect(await other.result()).toMatchObject({ scheduleId: enabled.scheduleId, every: '2 minutes' });
      const schedules = await cluster.ybAdmin('list_snapshot_schedules');
      expect(schedules.match(/"id"/g)?.length).toBeGreaterThan(0);
      const short = await failureOf(await enable({ keep: '1 minute' }));
      expect(short).toMatchObject({ type: 'InvalidInput', details: [{ field: 'keep' }] });
      await ledger.disable();
      const none = await failureOf(await cluster.start('disablePointInTimeRecovery', { database }));
      expect(none).toMatchObject({ type: 'NotFound' });
      const without = await ledger.refused({ ago: '1s', confirmDataLoss: database });
      expect(without.message).toContain('kalpa pitr enable');
    });
  });

  inFull('the reply of the rewind is lost: it is found, and not begun twice', async () => {
    await onCluster({ dialect }, async (cluster) => {
      const ledger = await Ledger.on(cluster);
      await ledger.write(1, 10);
      await cluster.arm({ command: 'restore_snapshot_schedule', name: 'lose-reply', times: 1 });
      await ledger.rewind(ledger.behind(4));
      expect(await ledger.numbers()).toEqual(upTo(4));
      expect((await cluster.status()).restorations).toHaveLength(1);
      await ledger.disable();
    });
  });

  it.concurrent(
    '67: a second rewind while one runs is refused; terminated, the lock is held until the restoration ended',
    async () => {
      await onCluster({ dialect }, async (cluster) => {
        const ledger = await Ledger.on(cluster);
        await ledger.write(1, 10);
        await cluster.arm({ name: 'restoration-hangs' });
        const input = { database: ledger.database, to: ledger.behind(4), confirmDataLoss: ledger.database };
        const first = await cluster.start('recoverToPointInTime', input);
        await until('it restores', async () => (await cluster.status()).restorations.length === 1);
        expect(await ledger.refused(input)).toMatchObject({ type: 'DatabaseBusy' });
        await first.terminate('by a person');
        expect(await ledger.refused(input)).toMatchObject({ type: 'DatabaseBusy' });
        await cluster.disarm();
        await until(
          'the lock is let go',
          async () => (await ledger.refused({ to: ledger.behind(4) })).type === 'DataLossNotConfirmed',
        );
        expect(await ledger.numbers()).toEqual(upTo(4));
        await ledger.disable();
      });
    },
  );
});
