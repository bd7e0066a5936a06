import fc from 'fast-check';
import { shuffled, randomMoment } from '../../../src/activities/control/rehearsal/seeded-random';
import { chooseBackup, retainedName } from '../../../src/activities/control/rehearsal/choose-rehearsal';
import type { KalpaConfig } from '../../../src/config';
import { SCRATCH_NAME, type Chain } from '../../../src/contract';
import { layout, writeVerification } from '../../../src/repository';
import { forgedHeader, forgeManifest, ForgedBucket, idAt } from '../../security/bucket/forger';
import { ours, stranger } from '../../security/bucket/record-kinds';

const config = { cluster: 'demo' } as KalpaConfig;
const chainOf = (n: number): Chain => ({ workflowId: 'rehearse/demo/ysql.orders', firstExecutionRunId: `run-${n}` });
const idOf = (hour: number): string => idAt(`20261122T0${hour}0007Z`);
const pointOf = (hour: number): string => `2026-11-22T0${hour}:00:09.000000Z`;
const fromOf = (hour: number): string => `2026-11-22T0${hour - 1}:45:00.000000Z`;

/** So many committed backups, each with a quarter of an hour of history. */
function bucketOf(backups: number): ForgedBucket {
  const bucket = new ForgedBucket();
  for (let hour = 1; hour <= backups; hour += 1) {
    const history = { from: fromOf(hour), to: pointOf(hour), because: 'a test' };
    forgeManifest(bucket, forgedHeader(idOf(hour), { recoveryPoint: pointOf(hour), history }), { by: ours });
  }
  return bucket;
}

const choosing = (bucket: ForgedBucket) => {
  const clients = { repository: bucket.repository(ours.reader), config };
  return async (n: number, more: Partial<Parameters<typeof chooseBackup>[1]> = {}) =>
    await chooseBackup(clients, { chain: chainOf(n), database: 'ysql.orders', ...more });
};

describe('26.5: which backup is rehearsed', () => {
  it('is the same for the same run, whatever backups are added or deleted, and differs between runs', () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(names, fc.string(), fc.nat(), (all, seed, n) => {
        const order = shuffled(all, seed, (one) => one);
        expect([...order].sort()).toEqual([...all].sort());
        const gone = all[n % all.length];
        const left = shuffled([...all].reverse(), seed, (one) => one).filter((one) => one !== gone);
        expect(left).toEqual(order.filter((one) => one !== gone));
      }),
    );
  });

  it('is each of them over time, about equally often', () => {
    const all = ['a', 'b', 'c', 'd'];
    const first = new Map<string, number>();
    for (let n = 0; n < 4_000; n += 1) {
      const [one = ''] = shuffled(all, `run ${n}`, (name) => name);
      first.set(one, (first.get(one) ?? 0) + 1);
    }
    for (const name of all) expect(Math.abs((first.get(name) ?? 0) - 1_000)).toBeLessThan(150);
  });

  it('with any moment is a moment within its history, both ends included', () => {
    const micros = fc.bigInt({ min: 0n, max: 2_000_000_000_000_000n });
    fc.assert(
      fc.property(micros, fc.bigInt({ min: 0n, max: 10n }), fc.string(), (from, span, seed) => {
        const moment = randomMoment({ from, to: from + span }, seed);
        expect(moment >= from && moment <= from + span).toBe(true);
        expect(randomMoment({ from, to: from + span }, seed)).toBe(moment);
      }),
    );
    const seen = new Set(Array.from({ length: 200 }, (_, n) => randomMoment({ from: 5n, to: 7n }, `seed ${n}`)));
    expect([...seen].sort()).toEqual([5n, 6n, 7n]);
    expect(randomMoment({ from: 5n, to: 4n }, 'x')).toBe(5n);
  });

  it('is a committed one, and the same one when the run asks again', async () => {
    const choose = choosing(bucketOf(4));
    const chosen = await Promise.all(Array.from({ length: 12 }, async (_, n) => (await choose(n)).backup.backupId));
    expect(new Set(chosen).size).toBeGreaterThan(1);
    expect((await choose(3)).backup.backupId).toBe(chosen[3]);
    const { backup, name } = await choose(3);
    expect(backup).toMatchObject({ database: 'ysql.orders', cluster: 'demo', chain: chainOf(3) });
    expect(backup).not.toHaveProperty('atMicros');
    expect(name).toMatch(SCRATCH_NAME);
    expect(await choose(4)).not.toMatchObject({ name });
  });

  it('is not one that is unsigned, dated in the future, or proved bad, which is reported', async () => {
    const bucket = bucketOf(2);
    forgeManifest(bucket, forgedHeader(idOf(3)), { by: stranger });
    forgeManifest(bucket, forgedHeader(idAt('20991122T020007Z')), { by: ours });
    const bad = { format: 1 as const, backupId: idOf(2), level: 'rehearsal', ok: false, problems: ['x'] };
    await writeVerification(bucket.repository(ours.owner), { ...bad, verifiedAt: '2026-11-22T03:00:00.000Z' });
    const choose = choosing(bucket);
    const warnings = new Set<string>();
    for (let n = 0; n < 20; n += 1) {
      const { backup } = await choose(n);
      expect(backup.backupId).toBe(idOf(1));
      for (const one of backup.warnings ?? []) warnings.add(one);
    }
    const told = [...warnings].join('\n');
    expect(told).toContain(`${idOf(2)} was skipped: it is known to be damaged.`);
    expect(told).toMatch(/is dated after the store's clock/);
    expect(told).toMatch(/is signed by/);
  });

  it('is considered bad because of a signed record, despite a newer unsigned one', async () => {
    const bucket = bucketOf(2);
    const bad = { format: 1 as const, backupId: idOf(2), level: 'full', ok: false, problems: ['x'] };
    await writeVerification(bucket.repository(ours.owner), { ...bad, verifiedAt: '2026-11-22T03:00:00.000Z' });
    bucket.put(
      layout.verification('demo', 'backup', idOf(2), new Date('2026-11-22T04:00:00Z'), 'full', true),
      JSON.stringify({ format: 1 }),
    );
    const choose = choosing(bucket);
    for (let n = 0; n < 10; n += 1) expect((await choose(n)).backup.backupId).toBe(idOf(1));
  });

  it('is not considered bad because of an unsigned record', async () => {
    const bucket = bucketOf(1);
    bucket.put(
      layout.verification('demo', 'backup', idOf(1), new Date('2026-11-22T04:00:00Z'), 'full', false),
      JSON.stringify({ format: 1 }),
    );
    expect((await choosing(bucket)(1)).backup.backupId).toBe(idOf(1));
  });

  it('is refused where there is none, with what was skipped', async () => {
    const bucket = new ForgedBucket();
    await expect(choosing(bucket)(1)).rejects.toMatchObject({
      ...{ type: 'NotFound', message: expect.stringContaining('There is no complete backup of ysql.orders') as string },
    });
    forgeManifest(bucket, forgedHeader(idOf(3)), { by: stranger });
    await expect(choosing(bucket)(1)).rejects.toThrow(/1 were skipped, the first: ysql\.orders-/);
  });

  it('is the one that is named, at the moment that is asked for', async () => {
    const choose = choosing(bucketOf(3));
    expect((await choose(1, { backup: idOf(2) })).backup).toMatchObject({ backupId: idOf(2) });
    const any = await choose(1, { backup: idOf(2), to: 'random' });
    expect(any.backup.backupId).toBe(idOf(2));
    expect(any.backup.recoveryPoint >= fromOf(2) && any.backup.recoveryPoint <= pointOf(2)).toBe(true);
    expect(any.backup.atMicros).toMatch(/^\d{16}$/);
    const held = await choose(1, { to: '2026-11-22T00:50:00Z' });
    expect(held.backup).toMatchObject({ backupId: idOf(1), recoveryPoint: '2026-11-22T00:50:00.000000Z' });
    await expect(choose(1, { to: '2026-11-22T01:30:00Z' })).rejects.toMatchObject({ type: 'OutsideRecoveryWindow' });
    await expect(choose(1, { backup: idOf(9) })).rejects.toMatchObject({ type: 'NotFound' });
    await expect(choose(1, { database: 'ysql.other', backup: idOf(2) })).rejects.toMatchObject({
      ...{ type: 'InvalidInput', details: [{ field: 'backup', given: idOf(2), allowed: 'a backup of ysql.other' }] },
    });
  });

  it('is kept under a name that fits, however long its own is', async () => {
    expect((await choosing(bucketOf(1))(1, { keep: true })).name).toMatch(/^orders_rehearsed_/);
    expect(retainedName('orders', '3fa9c1')).toBe('orders_rehearsed_3fa9c1');
    const long = retainedName('ü'.repeat(31), '3fa9c1');
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(63);
    expect(long).toBe(`${'ü'.repeat(23)}_rehearsed_3fa9c1`);
  });
});
