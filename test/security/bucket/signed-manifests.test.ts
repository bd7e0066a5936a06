import { verify } from 'node:crypto';
import fc from 'fast-check';
import {
  commitManifest,
  detailBackups,
  isRepositoryError,
  layout,
  listBackups,
  manifestBytes,
  newestBackup,
  readBackup,
  readManifest,
  registerCluster,
  registeredUniverse,
  Untrusted,
  type BackupDetails,
} from '../../../src/repository';
import { sha256Of, StoreError } from '../../../src/transfer';
import { forgedHeader, forgedRecord, forgeManifest, ForgedBucket, idAt, testKey, trusting } from './forger';
import { runs } from '../../support/matrix';

const ID = idAt('20261122T020007Z');
const LATER = idAt('20261122T030007Z');
const [ours, next, stranger] = [testKey(), testKey(), testKey()];
const key = layout.manifest('demo', ID);

async function committed() {
  const bucket = new ForgedBucket();
  const { sha256 } = await commitManifest(bucket.repository(ours.owner), forgedHeader(ID));
  return { bucket, sha256, bytes: bucket.objects.get(key)?.bytes ?? Buffer.alloc(0) };
}

const untrusted = (...texts: string[]) => ({
  kind: 'ManifestInvalid',
  name: 'RepositoryError',
  message: expect.stringMatching(texts.join('[^]*')) as string,
});

describe('23.2: a manifest that is signed', () => {
  it('23.2: is an envelope of the payload and signatures that anybody with the public key can check', async () => {
    const { bytes, sha256 } = await committed();
    const { payload, signatures } = JSON.parse(String(bytes)) as {
      payload: string;
      signatures: { keyId: string; sig: string }[];
    };
    expect(Buffer.from(payload)).toEqual(manifestBytes('demo', forgedHeader(ID)));
    expect(sha256).toBe(sha256Of(Buffer.from(payload)));
    expect(signatures.map(({ keyId }) => keyId)).toEqual([ours.keyId]);
    const signed = Buffer.from(`kalpa/manifest/1\n${payload}`);
    const [publicKey] = ours.reader.publicKeys;
    expect(publicKey && verify(null, signed, publicKey.key, Buffer.from(signatures[0]?.sig ?? '', 'base64'))).toBe(
      true,
    );
  });

  it('23.2: is read with its public key, with that of another rotation too, and by readers without keys', async () => {
    const { bucket, sha256 } = await committed();
    for (const trust of [ours.reader, trusting([next, ours]), undefined]) {
      const stored = await readManifest(bucket.repository(trust), ID);
      expect(stored).toEqual({ key, sha256, header: forgedHeader(ID) });
    }
  });

  it('23.2: is committed once, by whichever key of a rotation', async () => {
    const { bucket, sha256, bytes } = await committed();
    const both = [ours, next];
    const again = await commitManifest(bucket.repository(trusting(both, next)), forgedHeader(ID));
    expect(again).toEqual({ key, sha256, committedNow: false });
    expect(bucket.objects.get(key)?.bytes).toEqual(bytes);
    const other = forgedHeader(ID, { roles: ['other'] });
    await expect(commitManifest(bucket.repository(trusting(both, next)), other)).rejects.toMatchObject({
      kind: 'AlreadyExists',
    });
  });

  it('23.2: is committed when the answer of the store was lost', async () => {
    const bucket = new ForgedBucket();
    const repository = bucket.repository(ours.owner);
    const create = bucket.store.create.bind(bucket.store);
    let lost = 0;
    bucket.store.create = async (...given) => {
      await create(...given);
      lost += 1;
      throw new StoreError('lost', { kind: 'unavailable', operation: 'PutObject', key: given[0] });
    };
    expect(await commitManifest(repository, forgedHeader(ID))).toMatchObject({ committedNow: false });
    expect(lost).toBe(1);
    expect((await readManifest(bucket.repository(ours.reader), ID)).header.backupId).toBe(ID);
  });
});

describe('23.2: with a public key, nothing of a record that it did not sign is read:', () => {
  const payload = manifestBytes('demo', forgedHeader(ID));
  const flip = (bytes: Buffer): Buffer => {
    const text = String(bytes);
    return Buffer.from(text.replace('ysql.orders', 'ysql.0rders'));
  };
  it.each<[string, Buffer, RegExp]>([
    ['unsigned', payload, /is not signed; expected a signature by/],
    [
      'signed by a stranger',
      forgedRecord('manifest', payload, stranger),
      new RegExp(`is signed by ${stranger.keyId};`),
    ],
    ['signed, then changed', flip(forgedRecord('manifest', payload, ours)), /did not sign these bytes/],
    ['signed as a cluster record', forgedRecord('cluster', payload, ours), /did not sign these bytes/],
    ['signed as the manifest of a dump', forgedRecord('dump-manifest', payload, ours), /did not sign these bytes/],
    [
      'with our name on a stranger’s signature',
      Buffer.from(String(forgedRecord('manifest', payload, stranger)).replace(stranger.keyId, ours.keyId)),
      /did not sign these bytes/,
    ],
    [
      'an envelope written in another form',
      Buffer.from(JSON.stringify({ payload: '{}', signatures: [] })),
      /is not signed/,
    ],
    ['no JSON at all', Buffer.from('\\! touch /tmp/x'), /is not signed/],
    ['nothing', Buffer.alloc(0), /is not signed/],
    [
      'two payloads',
      Buffer.from(String(forgedRecord('manifest', payload, ours)).replace(/\n\}\n$/, ',\n  "payload": "{}"\n}\n')),
      /does not end like one/,
    ],
  ])('%s', async (_, bytes, message) => {
    const bucket = new ForgedBucket();
    bucket.put(key, bytes);
    await expect(readManifest(bucket.repository(ours.reader), ID)).rejects.toMatchObject({
      kind: 'ManifestInvalid',
      message: expect.stringMatching(message) as string,
    });
  });

  it('the message says who was expected, and what to do', async () => {
    const bucket = new ForgedBucket();
    forgeManifest(bucket, forgedHeader(ID), { by: stranger });
    await expect(readManifest(bucket.repository(trusting([ours, next])), ID)).rejects.toMatchObject(
      untrusted(stranger.keyId, `${ours.keyId}, ${next.keyId}`, 'manifestSha256'),
    );
  });

  it('a signed manifest of another backup, moved here, is refused', async () => {
    const bucket = new ForgedBucket();
    const moved = forgeManifest(bucket, forgedHeader(LATER), { by: ours });
    bucket.put(key, bucket.objects.get(moved.key)?.bytes ?? '');
    await expect(readManifest(bucket.repository(ours.reader), ID)).rejects.toMatchObject({
      kind: 'ManifestInvalid',
      message: expect.stringContaining('Someone moved it') as string,
    });
  });

  it.each<[string, (size: number) => Buffer]>([
    ['nested arrays', (size) => Buffer.alloc(size, '[')],
    ['empty objects', (size) => Buffer.from(`[${'{},'.repeat(size / 3)}{}]`)],
  ])('a bomb of %s is not parsed', async (_, make) => {
    const bucket = new ForgedBucket();
    bucket.put(key, make(30_000_000));
    const parse = jest.spyOn(JSON, 'parse');
    try {
      await expect(readManifest(bucket.repository(ours.reader), ID)).rejects.toBeInstanceOf(Untrusted);
      expect(parse.mock.calls.filter(([text]) => text.length > 4096)).toEqual([]);
    } finally {
      parse.mockRestore();
    }
  });

  it('a record larger than any is not even fetched', async () => {
    const bucket = new ForgedBucket();
    bucket.put(key, Buffer.alloc(64 * 1024 * 1024 + 1));
    await expect(readManifest(bucket.repository(ours.reader), ID)).rejects.toMatchObject({
      kind: 'ManifestInvalid',
      message: expect.stringContaining('is larger than any record') as string,
    });
  });

  it('whatever bytes of a signed manifest are replaced, it is refused or says the same', async () => {
    const { bucket, bytes } = await committed();
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.uint8Array({ minLength: 0, maxLength: 12 }), async (at, put) => {
        const changed = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + put.length)]);
        bucket.put(key, changed);
        const outcome = await readManifest(bucket.repository(ours.reader), ID).catch((error: unknown) => error);
        if (isRepositoryError(outcome, 'ManifestInvalid')) return;
        expect(outcome).toMatchObject({ header: forgedHeader(ID) });
      }),
      { numRuns: runs(1_000, 120) },
    );
  });
});

describe('23.2: a pinned hash', () => {
  it('23.2: restores what is not signed, and only that', async () => {
    const bucket = new ForgedBucket();
    const { sha256 } = forgeManifest(bucket, forgedHeader(ID));
    const repository = bucket.repository(ours.reader);
    expect((await readBackup(repository, ID, sha256)).header.backupId).toBe(ID);
    forgeManifest(bucket, forgedHeader(ID, { roles: ['forged'] }));
    await expect(readBackup(repository, ID, sha256)).rejects.toMatchObject(untrusted(`expected SHA-256 ${sha256}`));
  });

  it('23.2: is of the payload: signing again does not change it', async () => {
    const { bucket, sha256 } = await committed();
    forgeManifest(bucket, forgedHeader(ID), { by: next });
    expect((await readBackup(bucket.repository(ours.reader), ID, sha256)).sha256).toBe(sha256);
    expect((await readBackup(bucket.repository(), ID, sha256)).sha256).toBe(sha256);
  });
});

describe('23.2: the newest backup', () => {
  const FUTURE = idAt('20990101T000000Z');
  const wanted = { database: 'ysql.orders' };

  it.each([
    ['unsigned', undefined],
    ['signed by a stranger', stranger],
  ])('23.2: is never a forged one, %s, which is named instead', async (_, by) => {
    const { bucket } = await committed();
    forgeManifest(bucket, forgedHeader(LATER), by ? { by } : {});
    const newest = await newestBackup(bucket.repository(ours.reader), wanted);
    expect(newest.header.backupId).toBe(ID);
    expect(newest.passedOver).toEqual([expect.stringContaining(`${LATER} was skipped`)]);
  });

  it.each([
    ['without keys', undefined],
    ['with keys, and even signed', ours],
  ])("23.2: is never one that is dated after the store's clock, %s", async (_, by) => {
    const { bucket } = await committed();
    forgeManifest(bucket, forgedHeader(FUTURE), by ? { by } : {});
    const newest = await newestBackup(bucket.repository(by?.reader), wanted);
    expect(newest.header.backupId).toBe(ID);
    expect(newest.passedOver).toEqual([expect.stringContaining("dated after the store's clock")]);
    // Its date has come, and it was written before it all the same.
    bucket.now = new Date('2099-06-01T00:00:00Z');
    expect((await newestBackup(bucket.repository(by?.reader), wanted)).header.backupId).toBe(ID);
  });

  it('23.2: is not found where nobody signed one; the message names what was skipped', async () => {
    const bucket = new ForgedBucket();
    forgeManifest(bucket, forgedHeader(ID));
    await expect(newestBackup(bucket.repository(ours.reader), wanted)).rejects.toMatchObject({
      kind: 'NotFound',
      message: expect.stringMatching(new RegExp(`1 were skipped, the newest: ${ID} [^]*is not signed`)) as string,
    });
  });
});

describe('23.5: a tombstone counts only if a known key signed it:', () => {
  const stone = (backupId: string, cluster = 'demo'): Buffer =>
    Buffer.from(JSON.stringify({ format: 1, backupId, cluster }));
  it.each<[string, Buffer]>([
    ['{} of whoever may create objects', Buffer.from('{}')],
    ['an honest one without signature', stone(ID)],
    ['that of a stranger', forgedRecord('tombstone', stone(ID), stranger)],
    ['a signed one of another backup, moved', forgedRecord('tombstone', stone(LATER), ours)],
    ['a signed one of another cluster, moved', forgedRecord('tombstone', stone(ID, 'other'), ours)],
    ['a manifest in its place', forgedRecord('manifest', stone(ID), ours)],
    ['a huge one', Buffer.alloc(100_000)],
  ])('23.5: %s deletes nothing', async (_, bytes) => {
    const { bucket } = await committed();
    bucket.put(layout.tombstone('demo', ID), bytes);
    const repository = bucket.repository(ours.reader);
    expect(await listBackups(repository)).toEqual([expect.objectContaining({ backupId: ID, state: 'committed' })]);
    expect((await readBackup(repository, ID)).header.backupId).toBe(ID);
    expect((await newestBackup(repository, { database: 'ysql.orders' })).header.backupId).toBe(ID);
  });

  it('23.5: a signed one does, and one of nothing is not even read', async () => {
    const { bucket } = await committed();
    bucket.put(layout.tombstone('demo', ID), forgedRecord('tombstone', stone(ID), ours));
    bucket.put(layout.tombstone('demo', LATER), '{}');
    const repository = bucket.repository(ours.reader);
    expect((await listBackups(repository)).map(({ state }) => state)).toEqual(['deleted', 'deleted']);
    expect(bucket.reads).not.toContain(layout.tombstone('demo', LATER));
    await expect(readBackup(repository, ID)).rejects.toMatchObject({ kind: 'NotFound' });
    await expect(newestBackup(repository, { database: 'ysql.orders' })).rejects.toMatchObject({ kind: 'NotFound' });
  });
});

describe('23.2: the record of a cluster', () => {
  it('23.2: is signed, and refuses another universe', async () => {
    const bucket = new ForgedBucket();
    await registerCluster(bucket.repository(ours.owner), 'universe-1');
    await registerCluster(bucket.repository(trusting([ours, next], next)), 'universe-1');
    expect(String(bucket.objects.get(layout.clusterRecord('demo'))?.bytes)).toContain(ours.keyId);
    await expect(registerCluster(bucket.repository(ours.owner), 'universe-2')).rejects.toMatchObject({
      kind: 'PreflightFailed',
    });
  });

  it('22.23: says which universe writes under a name, and nothing of a name that nobody has', async () => {
    const bucket = new ForgedBucket();
    expect(await registeredUniverse(bucket.repository(ours.reader))).toBeUndefined();
    await registerCluster(bucket.repository(ours.owner), 'universe-1');
    await registerCluster(bucket.repository(ours.owner, 'other'), 'universe-2');
    expect(await registeredUniverse(bucket.repository(ours.reader))).toBe('universe-1');
    expect(await registeredUniverse(bucket.repository(ours.reader, 'other'))).toBe('universe-2');
    expect(await registeredUniverse(bucket.repository(ours.reader, 'third'))).toBeUndefined();
    // A question changes nothing: the name is still free.
    expect([...bucket.objects.keys()].filter((one) => one.includes('/third/'))).toEqual([]);
    await registerCluster(bucket.repository(ours.owner, 'third'), 'universe-3');
  });

  it('22.23: a stranger does not say it: where only they wrote, nobody has the name; without keys their record counts', async () => {
    const bucket = new ForgedBucket();
    bucket.put(
      layout.clusterRecord('demo'),
      JSON.stringify({ format: 1, cluster: 'demo', universeId: 'universe-666' }),
    );
    expect(await registeredUniverse(bucket.repository(ours.reader))).toBeUndefined();
    expect(await registeredUniverse(bucket.repository())).toBe('universe-666');
    const signed = new ForgedBucket();
    await registerCluster(signed.repository(stranger.owner), 'universe-666');
    expect(await registeredUniverse(signed.repository(ours.reader))).toBeUndefined();
  });

  it.each<[string, string]>([
    ['from before there were keys', JSON.stringify({ format: 1, cluster: 'demo', universeId: 'universe-1' })],
    ['forged, of another universe', JSON.stringify({ format: 1, cluster: 'demo', universeId: 'universe-666' })],
    ['no record at all', '{}'],
  ])('23.2: an unsigned one, %s, neither allows nor refuses anything', async (_, there) => {
    const bucket = new ForgedBucket();
    bucket.put(layout.clusterRecord('demo'), there);
    await registerCluster(bucket.repository(ours.owner), 'universe-1');
    await registerCluster(bucket.repository(ours.owner), 'universe-1');
    await expect(registerCluster(bucket.repository(ours.owner), 'universe-2')).rejects.toMatchObject({
      message: expect.stringContaining('another universe (universe-1)') as string,
    });
    // The question that names the universe before a start goes by the same record.
    expect(await registeredUniverse(bucket.repository(ours.reader))).toBe('universe-1');
  });

  it('23.2: a process that believes keys and has none writes nothing', async () => {
    const bucket = new ForgedBucket();
    await expect(commitManifest(bucket.repository(ours.reader), forgedHeader(ID))).rejects.toMatchObject({
      kind: 'PreflightFailed',
      message: expect.stringContaining('signing.privateKeyFile') as string,
    });
    expect(bucket.objects.size).toBe(0);
  });
});

describe('23.2: a list of backups', () => {
  /** Larger than what a list reads whole. */
  const tablets = Array.from({ length: 1_000 }, (_, n) => ({
    ...{ id: n.toString(16).padStart(32, '0'), table: forgedHeader(ID).tables[0]?.id ?? '', peer: 'b'.repeat(32) },
    partition: { start: '', end: '' },
  }));
  const totals = { ...forgedHeader(ID).totals, tablets: 1_000 };
  const large = (id: string) => forgedHeader(id, { tablets, totals, label: 'a "weekly"\\n  "totals": {}' });

  it.each([
    ['small', (id: string) => forgedHeader(id)],
    ['large', large],
  ])('23.2: says what is not signed, of %s manifests, and nothing else of it', async (_, header) => {
    const bucket = new ForgedBucket();
    const ids = ['01', '02', '03'].map((hour) => idAt(`20261122T${hour}0007Z`));
    const [signed = '', unsigned = '', foreign = ''] = ids;
    await commitManifest(bucket.repository(ours.owner), header(signed));
    forgeManifest(bucket, header(unsigned));
    forgeManifest(bucket, header(foreign), { by: stranger });
    const repository = bucket.repository(ours.reader);
    const listed: BackupDetails[] = [];
    for await (const one of detailBackups(repository, await listBackups(repository))) listed.push(one);
    expect(
      listed.map(({ backupId, signature, bytes, recoveryPoint }) => [backupId, signature, bytes, recoveryPoint]),
    ).toEqual([
      [signed, undefined, 20, forgedHeader(ID).recoveryPoint],
      [unsigned, 'unsigned', undefined, undefined],
      [foreign, 'unknown key', undefined, undefined],
    ]);
    expect(listed[0]?.label).toBe(header(signed).label);
    const whole = [...bucket.objects.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
    if (header === large) expect(bucket.bytesRead).toBeLessThan(whole / 2);
    // Without keys nothing is said, as before.
    const plain: BackupDetails[] = [];
    for await (const one of detailBackups(bucket.repository(), await listBackups(repository))) plain.push(one);
    expect(plain.map(({ signature, bytes }) => [signature, bytes])).toEqual(ids.map(() => [undefined, 20]));
  });
});
