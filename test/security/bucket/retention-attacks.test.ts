import {
  holdOf,
  isDeleted,
  layout,
  listBackups,
  listDeletions,
  listFailed,
  listHolds,
  newestPolicies,
  openRepository,
  readBackup,
  sweep,
  undelete,
  writeHold,
  writePolicies,
  writeTombstone,
  type ClusterStore,
} from '../../../src/repository';
import { MemoryStore } from '../../support/store/memory-store';
import { beginBackup, DAY, idOf, makeBackup, OPTIONS } from '../../repository/retention/kept-backups';
import { forgedRecord, testKey, trusting } from './forger';

const [ours, stranger] = [testKey(), testKey()];
const [VICTIM, OTHER] = [idOf(1), idOf(2)];
const said = { reason: 'for the auditors', by: 'ines' };

let memory: MemoryStore;
let repository: ClusterStore;
/** As whoever may create objects, and has no key that is known. */
const forge = async (key: string, bytes: Buffer | string = '{}'): Promise<void> => {
  await repository.store.create(key, Buffer.from(bytes));
};
const hold = async (id = VICTIM, trust = repository): Promise<unknown> =>
  await writeHold(trust, { kind: 'backup', id, change: 'held', ...said });
const bury = async (id = VICTIM): Promise<unknown> => await writeTombstone(repository, { kind: 'backup', id, ...said });
const stateOf = async (id: string) => (await listBackups(repository)).find(({ backupId }) => backupId === id)?.state;
const committed = async (id: string, more: object = {}): Promise<void> => {
  await makeBackup(repository, id, { own: ['1'], ...more });
};

beforeEach(async () => {
  memory = new MemoryStore();
  repository = openRepository({ store: memory.open(), cluster: 'demo', trust: ours.owner });
  await committed(VICTIM);
  await committed(OTHER);
});

/** Retention runs as the janitor does it, long after everything has begun. */
async function retention(): Promise<void> {
  const options = { now: await repository.store.serverTime(), ...OPTIONS };
  for (const { id } of await listFailed(repository, options)) await bury(id);
  memory.passes(11 * DAY);
  await sweep(repository, OPTIONS);
}

describe('23.2: a protection record that nobody signed, and that retention would delete as a backup that failed,', () => {
  it.each([
    ['is read as the tombstone of a backup that stands', `${VICTIM}.5.5`],
    ['would be the first record of the same one', `${VICTIM}.2.2`],
    ['names a folder of a backup that stands', `${VICTIM}/0b5f2a0e-9c2c-4f0a-8d0e-2f6a1c3b4d5e`],
    ['leaves its folder', `../backups/${VICTIM}`],
    ['has no name', ''],
    ['has a name that is no Unicode in a key', '%C0%80-20261101T000000Z-abcdef'],
    ['has a very long name', 'x'.repeat(900)],
  ])('deletes nothing where it %s', async (_, name) => {
    await forge(`clusters/demo/intents/${name}.json`);
    memory.passes(11 * DAY);
    const keys = memory.keys();
    await retention();
    expect(await stateOf(VICTIM)).toBe('committed');
    expect(await isDeleted(repository, 'backup', VICTIM)).toBe(false);
    expect(memory.keys()).toEqual(keys); // not a tombstone of it, either
  });
});

describe('23.2: a record of a deletion or a hold counts as what it says itself', () => {
  it.each([
    ['the first one of an id that ends in a number', `${VICTIM}.7`, 1],
    ['the second one of such an id', `${VICTIM}.7`, 2],
  ])('and not where it is %s', async (_, id, n) => {
    const record = { format: 1, backupId: id, cluster: 'demo', n, change: 'deleted', reason: 'x' };
    const key = layout.deletion('demo', 'backup', id, n);
    await forge(key, forgedRecord('tombstone', Buffer.from(JSON.stringify(record)), ours));
    expect(await isDeleted(repository, 'backup', VICTIM)).toBe(false);
    expect([...(await listDeletions(repository, 'backup')).keys()]).toEqual([]);
  });

  it.each([
    ['a hold passes for a deletion', 'hold', 'tombstone'],
    ['a deletion passes for a hold', 'tombstone', 'hold'],
  ] as const)('so that no signature of %s', async (_, signed, under) => {
    const record = { format: 1, backupId: VICTIM, cluster: 'demo', n: 1, reason: 'x' };
    const key =
      under === 'hold' ? layout.hold('demo', 'backup', VICTIM, 1) : layout.deletion('demo', 'backup', VICTIM, 1);
    const change = under === 'hold' ? 'held' : 'deleted';
    await forge(key, forgedRecord(signed, Buffer.from(JSON.stringify({ ...record, change })), ours));
    expect(await isDeleted(repository, 'backup', VICTIM)).toBe(false);
    expect(await listHolds(repository, 'backup')).toEqual(new Map());
  });

  it.each([
    ['of another backup', { backupId: OTHER }],
    ['of another cluster', { cluster: 'other' }],
    ['of a dump', { kind: 'dump' }],
    ['of another number', { n: 3 }],
  ])('nor one %s that was copied there, nor one with a key twice in it', async (_, other) => {
    const good = { format: 1, backupId: VICTIM, cluster: 'demo', n: 1, change: 'deleted', reason: 'x' };
    const key = layout.deletion('demo', 'backup', VICTIM, 1);
    const [field = '', value = ''] = Object.entries(other)[0] ?? [];
    const honest = JSON.stringify({ ...good, ...other });
    await forge(key, forgedRecord('tombstone', Buffer.from(honest), ours));
    expect(await isDeleted(repository, 'backup', VICTIM)).toBe(false);
    // Whoever reads the last of two keys would be told otherwise than whoever reads the first; what is signed is the
    // text.
    const twice = honest.replace('{', `{${JSON.stringify(field)}:${JSON.stringify(value)},`);
    await forge(layout.deletion('demo', 'backup', VICTIM, 2), forgedRecord('tombstone', Buffer.from(twice), stranger));
    expect(await isDeleted(repository, 'backup', VICTIM)).toBe(false);
  });

  it.each([
    ['unsigned', undefined, [ours]],
    ["signed by a stranger's key", stranger, [ours]],
    ['signed by a key that was taken out of kalpa.yaml', stranger, [ours]],
  ])('nor one that is %s', async (_, by, known) => {
    const reader = openRepository({ store: memory.open(), cluster: 'demo', trust: trusting(known, ours) });
    const tombstone = { format: 1, backupId: VICTIM, cluster: 'demo', reason: 'x' };
    const policies = { format: 1, cluster: 'demo', at: '2036-01-01T00:00:00.000Z', policies: {}, kalpaVersion: '9' };
    await forge(
      layout.deletion('demo', 'backup', VICTIM, 1),
      forgedRecord('tombstone', Buffer.from(JSON.stringify(tombstone)), by),
    );
    await forge(
      layout.policy('demo', new Date(policies.at)),
      forgedRecord('policies', Buffer.from(JSON.stringify(policies)), by),
    );
    const released = { ...tombstone, n: 2, change: 'released' };
    await hold();
    await forge(
      layout.hold('demo', 'backup', VICTIM, 2),
      forgedRecord('hold', Buffer.from(JSON.stringify(released)), by),
    );
    expect(await isDeleted(reader, 'backup', VICTIM)).toBe(false);
    expect(await newestPolicies(reader)).toBeUndefined();
    expect((await holdOf(reader, 'backup', VICTIM))?.record.reason).toBe(said.reason);
    expect((await writePolicies(reader, { policies: { minimumCopies: 3 }, kalpaVersion: '1' })).policies).toEqual({
      minimumCopies: 3,
    });
    expect((await newestPolicies(reader))?.policies).toEqual({ minimumCopies: 3 });
  });
});

describe('23.5: names that someone has taken', () => {
  it.each([
    ['so that the next number would be one that nobody looks for', [999_999]],
    ['so that the next ones are', [1, 2, 3]],
    ['with a gap', [1, 3, 900_000]],
  ])('%s: a hold holds, its release releases, and a deletion deletes', async (_, taken) => {
    for (const n of taken) {
      await forge(`clusters/demo/holds/${VICTIM}.${n}.json`);
      await forge(
        n === 1 ? layout.deletion('demo', 'backup', VICTIM, 1) : `clusters/demo/tombstones/${VICTIM}.${n}.json`,
      );
    }
    await hold();
    expect((await holdOf(repository, 'backup', VICTIM))?.record.reason).toBe(said.reason);
    await bury();
    expect(await isDeleted(repository, 'backup', VICTIM)).toBe(true);
    memory.passes(30 * DAY);
    expect((await sweep(repository, OPTIONS)).waiting).toEqual([{ id: VICTIM, because: `it is held: ${said.reason}` }]);
    await writeHold(repository, { kind: 'backup', id: VICTIM, change: 'released', ...said });
    expect(await holdOf(repository, 'backup', VICTIM)).toBeUndefined();
    await undelete(repository, { kind: 'backup', id: VICTIM, ...said });
    expect(await stateOf(VICTIM)).toBe('committed');
  });
});

describe('a database that is called as a backup is', () => {
  it.each([
    ['its manifest and protection record', `${VICTIM}.json-20261103T000000Z-bbbbbb`],
    ['its holds', `${VICTIM}.x-20261103T000000Z-bbbbbb`],
    ['its folder', `${VICTIM}-20261103T000000Z-bbbbbb`],
  ])('keeps %s when that backup is swept', async (_, id) => {
    await committed(id);
    await hold(id);
    const its = (): string[] => memory.keys().filter((key) => key.includes(id));
    const before = its();
    await bury();
    memory.passes(8 * DAY);
    expect((await sweep(repository, OPTIONS)).swept).toEqual([VICTIM]);
    expect(its()).toEqual(before);
    expect((await holdOf(repository, 'backup', id))?.record.reason).toBe(said.reason);
  });
});

describe('23.3: a manifest that nobody signed and that refers to what is to be swept', () => {
  it('keeps that one, and stops no other', async () => {
    const forger = openRepository({ store: memory.open(), cluster: 'demo', trust: stranger.owner });
    await makeBackup(forger, idOf(3), { own: ['9'], others: { [VICTIM]: ['1'] } });
    for (const key of memory.keys().filter((one) => one.includes(`backups/${idOf(3)}`) && one.includes('/files/')))
      await repository.store.delete([key]);
    await bury(VICTIM);
    await bury(OTHER);
    memory.passes(8 * DAY);
    const { swept, waiting } = await sweep(repository, OPTIONS);
    expect(swept).toEqual([OTHER]);
    expect(waiting).toEqual([
      { id: VICTIM, because: expect.stringContaining(`what ${idOf(3)} needs of it`) as string },
    ]);
  });

  it('a protection record that nobody signed and that never ends only delays, for as long as a backup may run', async () => {
    await beginBackup(openRepository({ store: memory.open(), cluster: 'demo', trust: stranger.owner }), idOf(4), []);
    await bury(VICTIM);
    memory.passes(8 * DAY);
    expect((await sweep(repository, OPTIONS)).swept).toEqual([VICTIM]);
  });
});

describe('23: what stays possible', () => {
  it('a key that is known signs every kind, whoever holds it', async () => {
    const [control, janitor] = [ours, testKey()];
    const trusts = (signs: typeof ours) =>
      openRepository({ store: memory.open(), cluster: 'demo', trust: trusting([control, janitor], signs) });
    await writeTombstone(trusts(control), { kind: 'backup', id: VICTIM, ...said });
    expect(await isDeleted(trusts(janitor), 'backup', VICTIM)).toBe(true);
    await makeBackup(trusts(janitor), idOf(5), { own: ['1'] });
    expect((await readBackup(trusts(control), idOf(5))).header.backupId).toBe(idOf(5));
  });

  it('a record of a repository with the same keys and cluster counts here, so that each needs keys of its own', async () => {
    const elsewhere = openRepository({ store: new MemoryStore().open(), cluster: 'demo', trust: ours.owner });
    const { at } = await writePolicies(elsewhere, { policies: {}, kalpaVersion: '1' });
    const key = layout.policy('demo', new Date(at));
    await forge(key, await elsewhere.store.read(key));
    expect((await newestPolicies(repository))?.policies).toEqual({});
  });
});
