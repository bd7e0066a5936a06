import { generateKeyPairSync } from 'node:crypto';
import { layout, manifestBytes, readManifest, registeredUniverse } from '../../../src/repository';
import { envelopeBytes, type Signature } from '../../../src/repository/signing/envelope';
import { publicKeyOf, signingKeyOf } from '../../../src/repository/signing/keys';
import { signaturesOf, signerTrustOf, trustOf } from '../../../src/repository/signing/trust';
import { forgedHeader, forgedRecord, ForgedBucket, idAt, testKey, trusting, type TestKey } from './forger';
import { EVERY, payloadOf } from './record-kinds';

const ID = idAt('20261122T020007Z');
const [ours, second, stranger] = [testKey(), testKey(), testKey()];
const payload = manifestBytes('demo', forgedHeader(ID));
const by = (key: TestKey, bytes = payload): Signature => signaturesOf(key.owner, 'manifest', bytes)[0]!;
const [good, foreign] = [by(ours), by(stranger)];
const known = trusting([ours, second]);

async function readWith(signatures: Signature[], trust = known): Promise<string> {
  const bucket = new ForgedBucket();
  bucket.put(layout.manifest('demo', ID), envelopeBytes({ payload, signatures }));
  return await readManifest(bucket.repository(trust), ID).then(
    () => 'read',
    (error: unknown) => (error as { kind: string; message: string }).message,
  );
}

/** The same number in Base64 that ends otherwise: some readers take it for the same. */
const otherEnd = (sig: string): string => `${sig.slice(0, -3)}${sig.at(-3) === 'g' ? 'h' : 'g'}==`;

describe('23.2: of the signatures of a record', () => {
  it.each<[string, Signature[]]>([
    ['ours beside one of nobody known', [foreign, good]],
    ['ours twice', [good, good]],
    ['ours after a wrong one in our name', [{ ...foreign, keyId: ours.keyId }, good]],
    ['those of two known keys', [by(second), good]],
    ['one of a known key that does not sign any more', [by(second)]],
    ['eight', [...Array<Signature>(7).fill(foreign), good]],
  ])('%s are enough', async (_, signatures) => {
    expect(await readWith(signatures)).toBe('read');
  });

  it.each<[string, Signature[], RegExp]>([
    ['one of nobody known', [foreign], /is signed by [0-9a-f]{16};/],
    ['a stranger’s in our name', [{ ...foreign, keyId: ours.keyId }], /did not sign these bytes/],
    ['ours in the name of another known key', [{ ...good, keyId: second.keyId }], /did not sign these bytes/],
    ['ours in the name of nobody known', [{ ...good, keyId: stranger.keyId }], /is signed by/],
    ['ours of other bytes', [by(ours, Buffer.from('{}'))], /did not sign these bytes/],
    ['ours with a zero in it', [{ ...good, sig: `${'A'.repeat(86)}==` }], /did not sign these bytes/],
    ['none', [], /is not signed/],
    ['nine', [...Array<Signature>(8).fill(foreign), good], /is not signed/],
    ['an id of capitals', [{ ...good, keyId: ours.keyId.replace(/[0-9a-f]/g, 'A') }], /is not signed/],
    ['an id that is a part of ours', [{ ...good, keyId: ours.keyId.slice(0, 8) }], /is not signed/],
    ['no id', [{ ...good, keyId: '' }], /is not signed/],
    ['one with more in it', [{ ...good, key: stranger.publicKey } as Signature], /is not signed/],
    ['an id of another kind', [{ ...good, keyId: 7 as unknown as string }], /is not signed/],
  ])('%s are not', async (_, signatures, why) => {
    expect(await readWith(signatures)).toMatch(why);
  });

  it('the text of one can be written in several ways, and each says the same of the same bytes', async () => {
    const other = otherEnd(good.sig);
    expect(Buffer.from(other, 'base64').length).toBe(64);
    expect(['read', expect.stringMatching(/did not sign/)]).toContainEqual(await readWith([{ ...good, sig: other }]));
  });
});

describe('23.2: a key is identified by its content:', () => {
  it('a public key under the id of another one can not be configured, since ids are computed', () => {
    expect(publicKeyOf(ours.publicKey).keyId).toBe(ours.keyId);
    expect(publicKeyOf(stranger.publicKey).keyId).not.toBe(ours.keyId);
    expect(signingKeyOf(ours.pem).keyId).toBe(ours.keyId);
    expect(() => signerTrustOf({ publicKeys: [ours.publicKey], privateKey: stranger.pem })).toThrow(
      /no one would trust/,
    );
  });

  it('one key named twice is one key', async () => {
    const twice = trustOf({ publicKeys: [ours.publicKey, ours.publicKey] });
    expect(await readWith([good], twice)).toBe('read');
    expect(await readWith([foreign], twice)).toMatch(/is signed by/);
  });

  it.each([
    ['zero', Buffer.alloc(32)],
    ['the neutral point', Buffer.from(`01${'00'.repeat(31)}`, 'hex')],
    ['the point of order two', Buffer.from(`ec${'ff'.repeat(30)}7f`, 'hex')],
    ['a point of order four', Buffer.from(`${'00'.repeat(31)}80`, 'hex')],
    ['a point of order eight', Buffer.from('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', 'hex')],
    ['the other one', Buffer.from('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'hex')],
    ['the neutral point in another form', Buffer.from(`ee${'ff'.repeat(30)}7f`, 'hex')],
    ['zero in another form', Buffer.from(`ed${'ff'.repeat(30)}ff`, 'hex')],
  ])('no key of few is one, for which anybody finds a signature: %s', (_, bytes) => {
    expect(() => publicKeyOf(`ed25519:${bytes.toString('base64')}`)).toThrow(/anyone could sign for it/);
  });

  it('no key of another kind signs', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    expect(() => signingKeyOf(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())).toThrow(/type rsa/);
  });
});

describe('23.2: a signed record of one kind passes for no other', () => {
  it.each(EVERY.map(([kind, one]) => [kind, one] as const))('%s', async (kind, one) => {
    const bytes = await payloadOf(one);
    for (const [as] of EVERY) {
      const bucket = new ForgedBucket();
      bucket.put(one.key, forgedRecord(as, bytes, ours));
      const failed = await one.write(bucket.repository(ours.owner)).then(
        () => undefined,
        (error: unknown) => (error as { kind: string }).kind,
      );
      // An audit record and a schedule's change take the next name.
      if (kind !== 'operation' && kind !== 'schedule')
        expect([as, failed]).toEqual([as, as === kind ? undefined : 'AlreadyExists']);
    }
  });
});

describe('23.2: cluster.json', () => {
  const record = (universeId: string, cluster = 'demo'): Buffer =>
    Buffer.from(JSON.stringify({ format: 1, cluster, universeId }));
  it.each<[string, Buffer]>([
    ['of a stranger', forgedRecord('cluster', record('evil'), stranger)],
    ['signed as another kind', forgedRecord('intent', record('evil'), ours)],
    [
      'with our name on a stranger’s signature',
      Buffer.from(String(forgedRecord('cluster', record('evil'), stranger)).replace(stranger.keyId, ours.keyId)),
    ],
    ['of another cluster, signed', forgedRecord('cluster', record('evil', 'other'), ours)],
    ['nested without an end', Buffer.alloc(60_000, '[')],
    ['too large', Buffer.alloc(1_000_000)],
  ])('%s says nothing: the signed one beside it does', async (_, bytes) => {
    const bucket = new ForgedBucket();
    bucket.put(layout.clusterRecord('demo'), bytes);
    expect(await registeredUniverse(bucket.repository(ours.reader))).toBeUndefined();
    bucket.put(layout.signedClusterRecord('demo'), forgedRecord('cluster', record('good'), ours));
    expect(await registeredUniverse(bucket.repository(ours.reader))).toBe('good');
  });
});
