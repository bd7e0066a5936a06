import {
  detailBackups,
  digestOf,
  findBases,
  FORMAT,
  layout,
  listBackups,
  readProofs,
  writeProof,
  writeVerification,
  type BackupDetails,
  type ClusterStore,
  type NewProof,
} from '../../../src/repository';
import { idOf, makeRealBackup } from '../../repository/verification/real-backups';
import { MemoryStore } from '../../support/store/memory-store';
import { testKey } from './forger';

const ours = testKey();
const stranger = testKey();
const A = idOf(1);
const DAY = 86_400_000;

const detailsOf = async (repository: ClusterStore): Promise<BackupDetails | undefined> => {
  for await (const one of detailBackups(repository, await listBackups(repository))) return one;
  return undefined;
};

describe('26.8: records of verification', () => {
  const world = async () => {
    const memory = new MemoryStore();
    const store = memory.open();
    const as = (trust: ClusterStore['trust']): ClusterStore => ({ store, cluster: 'demo', trust });
    const owner = as(ours.owner);
    const lines = await makeRealBackup(owner, A, { own: { '1.sst': 'one of A' } });
    return { memory, owner, forgers: [as(undefined), as(stranger.owner)], lines };
  };
  const verified = (ok: boolean, at: string) => ({
    ...{ format: FORMAT, backupId: A, level: 'full', ok, verifiedAt: at, problems: ok ? [] : ['a lie'] },
  });

  it('a forged "bad" marks nothing, a forged "ok" hides nothing: the newest that is signed counts', async () => {
    const { owner, forgers } = await world();
    for (const forger of forgers)
      await writeVerification(forger, verified(false, '2026-11-05T00:00:00Z')).catch(() => undefined);
    expect((await detailsOf(owner))?.verified).toBeUndefined();
    await writeVerification(owner, verified(false, '2026-11-06T00:00:00Z'));
    for (const [i, forger] of forgers.entries())
      await writeVerification(forger, verified(true, `2026-11-0${7 + i}T00:00:00Z`));
    expect((await detailsOf(owner))?.verified).toEqual({ at: '2026-11-06T00:00:00Z', level: 'full', ok: false });
    await writeVerification(owner, verified(true, '2026-11-09T12:00:00Z'));
    for (const forger of forgers.slice(0, 1)) await writeVerification(forger, verified(false, '2026-11-10T00:00:00Z'));
    expect((await detailsOf(owner))?.verified).toMatchObject({ ok: true });
    // Nor does it have the next backup upload everything anew.
    const tablets = new Set(['1'.repeat(32)]);
    expect(await findBases(owner, { database: 'ysql.orders', tablets })).toMatchObject({
      backups: [A],
      passedOver: [],
    });
  });

  it('26.8: a forged proof, good or bad, counts nothing', async () => {
    const { owner, forgers, lines } = await world();
    const digest = digestOf('demo', lines[0]!);
    const at = '2026-11-01T00:00:00.000Z';
    const proof = (n: number, bad: boolean): NewProof => ({
      ...{ backupId: A, kind: 'backup', plannedAt: at, tag: 'abc123', n, workflowId: 'w', at, files: 1, bytes: 8 },
      good: bad ? '' : digest,
      bad: bad ? [{ digest, object: 'backups/x/y', size: 8, sha256: 'a'.repeat(64), problem: 'a lie' }] : [],
      healed: false,
    });
    for (const [i, forger] of forgers.entries()) {
      await writeProof(forger, proof(2 * i, true));
      await writeProof(forger, proof(2 * i + 1, false));
    }
    const since = new Date(Date.parse(at) - DAY);
    const asked = { kind: 'backup' as const, owners: [A], since };
    const known = await readProofs(owner, asked);
    expect([known.bad.size, known.provedSince(digest, since)]).toEqual([0, false]);
    await writeProof(owner, proof(9, false));
    expect((await readProofs(owner, asked)).provedSince(digest, since)).toBe(true);
  });

  it('a signed proof that was copied to another backup, or to another name, counts nothing there', async () => {
    const { memory, owner, lines } = await world();
    const B = idOf(2);
    await makeRealBackup(owner, B, { own: { '2.sst': 'two of B' } });
    const digest = digestOf('demo', lines[0]!);
    const at = '2026-11-01T00:00:00.000Z';
    await writeProof(owner, {
      ...{ backupId: A, kind: 'backup', plannedAt: at, tag: 'abc123', n: 1, workflowId: 'w', at, files: 1, bytes: 8 },
      ...{ good: digest, bad: [], healed: false },
    });
    const name = { plannedAt: new Date(at), tag: 'abc123', n: 1, found: 'ok' as const };
    const bytes = await owner.store.read(layout.proof('demo', 'backup', A, name));
    memory.put(layout.proof('demo', 'backup', B, name), bytes);
    memory.put(layout.proof('demo', 'backup', B, { ...name, n: 2 }), bytes);
    const since = new Date(0);
    const known = await readProofs(owner, { kind: 'backup', owners: [B], since });
    expect(known.provedSince(digest, since)).toBe(false);
  });

  it('thousands of forged records have the next backup upload everything, and not wait until all are read', async () => {
    const { memory, owner } = await world();
    const at = new Date('2026-11-01T00:00:00Z');
    for (let n = 0; n < 2_100; n += 1)
      memory.put(layout.proof('demo', 'backup', A, { plannedAt: at, tag: 'abc123', n, found: 'bad' }), '{}');
    let read = 0;
    const counted = { ...owner, store: memory.open((operation) => void (read += operation === 'read' ? 1 : 0)) };
    const bases = await findBases(counted, { database: 'ysql.orders', tablets: new Set(['1'.repeat(32)]) });
    expect(bases).toMatchObject({ backups: [], passedOver: [expect.stringContaining('More than 2000 records say')] });
    expect(read).toBeLessThan(10);
  });
});
