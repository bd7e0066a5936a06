import {
  changeOf,
  deletionOf,
  holdOf,
  isDeleted,
  leasesOn,
  newestPolicies,
  newSigningKey,
  readBackup,
  readVerification,
  listVerifications,
  sweep,
  trustOf,
  undelete,
  writeHold,
  writeLease,
  writePolicies,
  writeTombstone,
  writeVerification,
  type ClusterStore,
} from '../../src/repository';
import type { ObjectStore } from '../../src/transfer';
import { MemoryStore } from '../support/store/memory-store';
import { DAY, idOf, makeBackup, OPTIONS } from './retention/kept-backups';

const key = newSigningKey();
const SIGNED = trustOf({ publicKeys: [key.publicKey], privateKey: key.pem });
const [A, B] = [idOf(1), idOf(2)];
const said = { reason: 'a test', by: 'ines' };

/** Every record arrives damaged the first time that it is read. */
function damaging(store: ObjectStore): { store: ObjectStore; damaged: Set<string> } {
  const damaged = new Set<string>();
  return {
    damaged,
    store: {
      ...store,
      read: async (name, options) => {
        const bytes = await store.read(name, options);
        if (damaged.size === damaged.add(name).size) return bytes;
        // What is no JSON any more: without signatures nothing else can be told apart.
        bytes[0] = (bytes[0] ?? 0) ^ 4;
        return bytes;
      },
    },
  };
}

describe.each([
  ['signed', SIGNED],
  ['unsigned', undefined],
])('%s records that arrive damaged once', (_, trust) => {
  const made = async () => {
    const memory = new MemoryStore();
    const repository: ClusterStore = { store: memory.open(), cluster: 'demo', trust };
    await makeBackup(repository, A, { own: ['1'] });
    await makeBackup(repository, B, { own: ['2'] });
    const reader = (): ClusterStore & { damaged: Set<string> } => ({ ...repository, ...damaging(memory.open()) });
    return { memory, repository, reader };
  };

  it('are read correctly', async () => {
    const { memory, repository, reader } = await made();
    await writeTombstone(repository, { kind: 'backup', id: A, ...said });
    await writeHold(repository, { kind: 'backup', id: A, change: 'held', ...said });
    const expiresAt = new Date(memory.now + DAY).toISOString();
    await writeLease(repository, { format: 1, backupId: A, holder: 'restore/1', expiresAt });
    await writePolicies(repository, { policies: { keep: { last: 1 } }, kalpaVersion: '0.1.0' });
    const verifiedAt = '2026-11-01T03:00:00.000Z';
    await writeVerification(repository, {
      ...{ format: 1, backupId: A, level: 'full', ok: false, problems: ['a file is gone'], verifiedAt },
    });
    expect((await deletionOf(reader(), 'backup', A))?.record.reason).toBe('a test');
    expect(await isDeleted(reader(), 'backup', A)).toBe(true);
    expect((await holdOf(reader(), 'backup', A))?.record.by).toBe('ines');
    expect((await leasesOn(reader(), 'backup', A, new Date(memory.now))).map(({ holder }) => holder)).toEqual([
      'restore/1',
    ]);
    expect((await newestPolicies(reader()))?.policies).toEqual({ keep: { last: 1 } });
    const [verdict] = await listVerifications(reader(), 'backup', A);
    expect((await readVerification(reader(), 'backup', A, verdict as never))?.record.problems).toEqual([
      'a file is gone',
    ]);
  });

  it('are not ignored when one is added, or when what they protect is removed', async () => {
    const { memory, repository, reader } = await made();
    await writeTombstone(repository, { kind: 'backup', id: A, ...said });
    await undelete(reader(), { kind: 'backup', id: A, ...said });
    expect((await deletionOf(repository, 'backup', A))?.n).toBe(2);
    await writeTombstone(reader(), { kind: 'backup', id: A, ...said });
    expect((await deletionOf(repository, 'backup', A))?.n).toBe(3);
    await writeTombstone(repository, { kind: 'backup', id: B, ...said });
    await writeHold(repository, { kind: 'backup', id: B, change: 'held', ...said });
    memory.passes(8 * DAY);
    const sweeper = reader();
    expect(await sweep(sweeper, OPTIONS)).toMatchObject({
      swept: [A],
      waiting: [{ id: B, because: 'it is held: a test' }],
    });
    expect(sweeper.damaged.size).toBeGreaterThan(3);
    expect(changeOf((await deletionOf(repository, 'backup', B)) as never)).toBe('deleted');
    await undelete(repository, { kind: 'backup', id: B, ...said });
    expect((await readBackup(reader(), B)).header.backupId).toBe(B);
  });
});
