import {
  detailBackups,
  findBases,
  layout,
  listBackups,
  manifestBytes,
  openRepository,
  sweep,
  writeLease,
  writeTombstone,
  writeVerification,
  type ClusterStore,
  type ManifestHeader,
} from '../../../src/repository';
import { beginBackup, DAY, failBackup, idOf, makeBackup, OPTIONS } from '../../repository/retention/kept-backups';
import { MemoryStore } from '../../support/store/memory-store';
import { forgedHeader, forgedRecord, testKey } from './forger';

const [ours, stranger] = [testKey(), testKey()];
const [VICTIM, KEPT, FORGED] = [idOf(1), idOf(2), idOf(9)];
const said = { reason: 'not needed any more' };

let memory: MemoryStore;
let repository: ClusterStore;
const as = (trust = ours.owner): ClusterStore => openRepository({ store: memory.open(), cluster: 'demo', trust });
/** As whoever may create objects. */
const forge = async (key: string, bytes: Buffer | string): Promise<void> => {
  await repository.store.create(key, Buffer.from(bytes as string));
};
const swept = async (by: ClusterStore = repository) => {
  memory.passes(8 * DAY);
  return await sweep(by, OPTIONS);
};

beforeEach(async () => {
  memory = new MemoryStore();
  repository = as();
  await makeBackup(repository, VICTIM, { own: ['1'] });
  await makeBackup(repository, KEPT, { own: ['2'] });
  await writeTombstone(repository, { kind: 'backup', id: VICTIM, ...said });
});

/** Refers to the victim, however often. */
const referring = (refersTo: ManifestHeader['refersTo']): Buffer =>
  Buffer.from(
    JSON.stringify({ ...JSON.parse(String(manifestBytes('demo', forgedHeader(FORGED)))), refersTo } as object),
  );
const reference = { backupId: VICTIM, files: 0, bytes: 0 };

describe('23.5: what someone has created as a manifest that nobody can read', () => {
  it.each<[string, string, () => Buffer | string]>([
    ['garbage', FORGED, () => 'garbage'],
    ['nothing', FORGED, () => ''],
    ['garbage under a name that is none', 'x/../y', () => '{'],
    ['a record of a form of the future', FORGED, () => '{"format": 2}'],
    ['nested without an end', FORGED, () => '['.repeat(1_000_000)],
    [
      'one that refers to the same backup a hundred thousand times',
      FORGED,
      () => referring(Array(100_000).fill(reference)),
    ],
    [
      'one that says that it was signed',
      FORGED,
      () => forgedRecord('manifest', Buffer.from('{'), ours).subarray(0, -9),
    ],
    ['one that a stranger has signed', FORGED, () => forgedRecord('manifest', Buffer.from('{"format": 2}'), stranger)],
    ['another record that we have signed', FORGED, () => forgedRecord('hold', Buffer.from('{"format": 2}'), ours)],
  ])('%s stops no sweep', async (_, id, bytes) => {
    await forge(layout.manifest('demo', id), bytes());
    expect((await swept()).swept).toEqual([VICTIM]);
  });

  it('a signed manifest that was copied there stops none either', async () => {
    await forge(layout.manifest('demo', FORGED), await repository.store.read(layout.manifest('demo', KEPT)));
    expect((await swept()).swept).toEqual([VICTIM]);
  });

  it('garbage under the name of a backup that failed stops none', async () => {
    await beginBackup(repository, FORGED, []);
    await failBackup(repository, FORGED);
    await forge(layout.manifest('demo', FORGED), 'garbage');
    expect((await swept()).swept).toEqual([VICTIM]);
  });

  it('but where one of ours was written over, it waits: what that one needs is not known', async () => {
    memory.put(layout.manifest('demo', KEPT), 'garbage');
    const result = await swept();
    expect(result).toMatchObject({ swept: [], waiting: [{ id: VICTIM }] });
    expect(result.waiting[0]?.because).toContain(layout.manifest('demo', KEPT));
  });

  it('and so it does for one of ours that a newer Kalpa has written', async () => {
    await forge(layout.manifest('demo', FORGED), forgedRecord('manifest', Buffer.from('{"format": 2}'), ours));
    expect((await swept()).swept).toEqual([]);
  });

  it('and without keys, where nothing tells what is ours', async () => {
    await forge(layout.manifest('demo', FORGED), 'garbage');
    expect((await swept(openRepository({ store: memory.open(), cluster: 'demo' }))).swept).toEqual([]);
  });
});

it('23.5: many large manifests that refer to one keep that one alone, and are named in few words', async () => {
  await writeTombstone(repository, { kind: 'backup', id: KEPT, ...said });
  const large = referring([reference])
    .toString()
    .replace('"roles": []', `"roles": ["${'x'.repeat(2_000_000)}"]`);
  for (let n = 0; n < 30; n += 1) {
    const id = `ysql.orders-20261120T0000${String(n).padStart(2, '0')}Z-0000ff`;
    await forge(layout.manifest('demo', id), large.replaceAll(FORGED, id));
  }
  const result = await swept();
  expect(result.swept).toEqual([KEPT]);
  expect(result.waiting).toHaveLength(1);
  expect(result.waiting[0]?.because.length).toBeLessThan(2_000);
});

describe('23.5: a lease', () => {
  const lease = (backupId: string, expiresAt: string) => ({
    ...({ format: 1, backupId, cluster: 'demo', holder: 'restore/demo/x', expiresAt } as const),
  });
  const NEVER = '9999-12-31T23:59:59.000Z';
  const keyOf = (id: string, at = NEVER): string => layout.lease('demo', 'backup', id, new Date(at), 'restore/demo/x');

  it.each<[string, () => Buffer | string]>([
    ['that nobody signed', () => JSON.stringify(lease(VICTIM, NEVER))],
    ['of a stranger', () => forgedRecord('lease', Buffer.from(JSON.stringify(lease(VICTIM, NEVER))), stranger)],
    ['signed as a hold', () => forgedRecord('hold', Buffer.from(JSON.stringify(lease(VICTIM, NEVER))), ours)],
    ['of another backup', () => forgedRecord('lease', Buffer.from(JSON.stringify(lease(KEPT, NEVER))), ours)],
    ['of garbage', () => 'garbage'],
  ])('%s stops no sweep', async (_, bytes) => {
    await forge(keyOf(VICTIM), bytes());
    expect((await swept()).swept).toEqual([VICTIM]);
  });

  it('that is over, copied to a name that says that it is not, stops none', async () => {
    const over = lease(VICTIM, (await repository.store.serverTime()).toISOString());
    await writeLease(repository, over);
    await forge(keyOf(VICTIM), await repository.store.read(keyOf(VICTIM, over.expiresAt)));
    expect((await swept()).swept).toEqual([VICTIM]);
  });

  it.each(['x', '', '99999999T999999Z', '../../y'])('of the name %j stops none, signed or not', async (name) => {
    const signed = forgedRecord('lease', Buffer.from(JSON.stringify(lease(VICTIM, NEVER))), ours);
    await forge(`${layout.leasesOf('demo', 'backup', VICTIM)}${name}.json`, signed);
    expect((await swept()).swept).toEqual([VICTIM]);
  });

  it('without keys is believed for as long as it says, and is named with its object, so that it can be removed', async () => {
    const plain = openRepository({ store: memory.open(), cluster: 'demo' });
    await forge(keyOf(VICTIM), JSON.stringify(lease(VICTIM, NEVER)));
    const result = await swept(plain);
    expect(result.swept).toEqual([]);
    expect(result.waiting[0]?.because).toContain(keyOf(VICTIM));
    await plain.store.delete([keyOf(VICTIM)]);
    expect((await sweep(plain, OPTIONS)).swept).toEqual([VICTIM]);
  });
});

describe('23.2: a verification that nobody signed', () => {
  const LATER = idOf(3);
  const verified = { ...({ format: 1, backupId: LATER, cluster: 'demo', level: 'full' } as const), problems: [] };
  const base = async () => await findBases(repository, { database: 'ysql.orders', tablets: new Set(['1'.repeat(32)]) });

  it('makes no base a bad one, so that everything would be copied again; a signed one does', async () => {
    memory.passes(30 * DAY);
    await makeBackup(repository, LATER, { own: ['3'] });
    const stands = await base();
    const bad = { ...verified, ok: false };
    await writeVerification(as(stranger.owner), { ...bad, verifiedAt: '2026-11-22T02:00:00.000Z' });
    const plain = openRepository({ store: memory.open(), cluster: 'demo' });
    await writeVerification(plain, { ...bad, verifiedAt: '2026-11-22T03:00:00.000Z' });
    expect(await base()).toEqual(stands);
    await writeVerification(repository, { ...bad, verifiedAt: '2026-11-22T04:00:00.000Z' });
    expect((await base()).passedOver).toContainEqual(expect.stringContaining('found it damaged'));
  });
  it('hides no bad one that stands below it', async () => {
    memory.passes(30 * DAY);
    await makeBackup(repository, LATER, { own: ['3'] });
    await writeVerification(repository, { ...verified, ok: false, verifiedAt: '2026-11-22T02:00:00.000Z' });
    const before = await base();
    for (const hour of [3, 4, 5])
      await writeVerification(as(stranger.owner), {
        ...verified,
        ok: true,
        verifiedAt: `2026-11-22T0${hour}:00:00.000Z`,
      });
    expect(await base()).toEqual(before);
    for await (const one of detailBackups(repository, await listBackups(repository)))
      if (one.backupId === LATER)
        expect(one).toMatchObject({
          verified: { ok: false },
          problem: expect.stringContaining('verifications/') as string,
        });
  });
});
