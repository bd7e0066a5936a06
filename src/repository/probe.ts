import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { isStoreError, type BucketTraits, type ObjectStore, type StoreErrorKind } from '../transfer';
import { layout } from './layout/layout';

/** What the probe found out about a store. */
export interface ProbeResult {
  /** False: a promise that the repository is built on does not hold here. */
  safe: boolean;
  /** Everything a person should know, worst first; empty when there is nothing. */
  findings: string[];
  traits: { versioned: boolean; objectLock: boolean };
}

/** Time differences beyond this spoil leases, grace times and signatures (S3 refuses 15 minutes). */
const CLOCK_SKEW_MS = 60_000;
const PART_BYTES = 5 * 1024 * 1024;

interface Findings {
  unsafe: string[];
  notable: string[];
}

/**
 * Tries out what documentation promises and stores may silently ignore: conditional create (multipart too), refusal
 * of wrong checksums, listing after write, ranges; looks at clock, lifecycle, versioning and object lock. Writes
 * under `probe/` and removes it again. Throws `StoreError` when the store can't be used at all.
 */
export async function probeStore(store: ObjectStore): Promise<ProbeResult> {
  const found: Findings = { unsafe: [], notable: [] };
  const name = `${layout.probe}${randomBytes(8).toString('hex')}`;
  const keys = { plain: `${name}-plain`, wrong: `${name}-wrong`, parts: `${name}-parts` };
  await lookInto(store); // before anything is written: some stores make a missing bucket at the first write
  try {
    await probeCreate(store, keys.plain, found);
    await probeChecksum(store, keys.wrong, found);
    await probeMultipart(store, keys.parts, found);
    await probeListing(store, name, keys.plain, found);
  } finally {
    await removeProbe(store, Object.values(keys), found);
  }
  const traits = await store.traits();
  await probeClock(store, found);
  reportExpirations(store, traits, found);
  return result(found, traits);
}

async function lookInto(store: ObjectStore): Promise<void> {
  const listed = store.list(layout.probe)[Symbol.asyncIterator]();
  await listed.next();
  await listed.return?.();
}

/**
 * The daily probe, which leaves nothing: an existing key is refused, and a wrong checksum too. Where there is no
 * repository yet, the full probe.
 */
export async function probeStoreLightly(store: ObjectStore): Promise<ProbeResult> {
  const there = await readIfThere(store, layout.repository);
  if (there === undefined) return probeStore(store);
  const found: Findings = { unsafe: [], notable: [] };
  // The very bytes that stand there: a store that ignores the condition must not do harm by it.
  if ((await outcome(store.create(layout.repository, there))) !== 'exists') found.unsafe.push(CREATE_IGNORED);
  const wrong = `${layout.probe}${randomBytes(8).toString('hex')}-wrong`;
  await probeChecksum(store, wrong, found);
  if (found.unsafe.length > 0) await removeProbe(store, [wrong], found);
  const traits = await store.traits();
  await probeClock(store, found);
  reportExpirations(store, traits, found);
  return result(found, traits);
}

const CREATE_IGNORED =
  'The store ignores create-if-absent (If-None-Match): two writers could overwrite each other, and a retry could change a committed backup.';

async function readIfThere(store: ObjectStore, key: string): Promise<Buffer | undefined> {
  try {
    return await store.read(key);
  } catch (error) {
    if (isStoreError(error, 'missing') && error.code !== 'NoSuchBucket') return undefined;
    throw error;
  }
}

async function probeCreate(store: ObjectStore, key: string, found: Findings): Promise<void> {
  const first = randomBytes(1024);
  await store.create(key, first);
  const second = await outcome(store.create(key, randomBytes(1024)));
  if (second !== 'exists') found.unsafe.push(CREATE_IGNORED);
  else if (!(await store.read(key)).equals(first)) {
    found.unsafe.push('The store refused a second create of the same key, but changed the object.');
  }
  if (second !== 'exists') return;
  const range = Buffer.alloc(100);
  await store.readRange(key, 500, range);
  if (!range.equals(first.subarray(500, 600)))
    found.unsafe.push('The store answers a ranged read with other bytes than those asked for.');
  if ((await store.head(key)).crc32 === undefined) {
    found.notable.push(
      'The store keeps no checksums: a retried upload is compared by reading it back, which costs time.',
    );
  }
}

async function probeChecksum(store: ObjectStore, key: string, found: Findings): Promise<void> {
  const body = randomBytes(1024);
  const sent = await outcome(store.create(key, body, { crc32: crc32(body) ^ 1 }));
  if (sent === 'fine')
    found.unsafe.push('The store accepts bytes with a wrong checksum (CRC32): damage on the way would go unnoticed.');
}

async function probeMultipart(store: ObjectStore, key: string, found: Findings): Promise<void> {
  const parts = [randomBytes(PART_BYTES), randomBytes(1024)];
  const upload = async (): Promise<StoreErrorKind | 'fine'> => {
    const uploadId = await store.createMultipart(key);
    const sent = [];
    for (const [i, part] of parts.entries()) sent.push(await store.uploadPart({ key, uploadId, number: i + 1 }, part));
    const completed = await outcome(store.completeMultipart(key, uploadId, sent));
    if (completed !== 'fine') await store.abortMultipart(key, uploadId);
    return completed;
  };
  const first = await upload();
  if (first !== 'fine') {
    found.unsafe.push(
      'The store does not complete a multipart upload with create-if-absent: files over 16 MiB could not be kept.',
    );
    return;
  }
  if (!(await store.read(key)).equals(Buffer.concat(parts)))
    found.unsafe.push('The store assembles the parts of an upload wrongly.');
  if ((await upload()) !== 'exists')
    found.unsafe.push('The store ignores create-if-absent when a multipart upload is completed.');
}

async function probeListing(store: ObjectStore, prefix: string, key: string, found: Findings): Promise<void> {
  for await (const object of store.list(prefix)) if (object.key === key) return;
  found.unsafe.push('The store does not list what was just written: a sweep could remove objects that are in use.');
}

async function probeClock(store: ObjectStore, found: Findings): Promise<void> {
  const skewMs = (await store.serverTime()).getTime() - Date.now();
  if (Math.abs(skewMs) <= CLOCK_SKEW_MS) return;
  found.notable.push(
    `This machine's clock and the store's differ by ${Math.round(Math.abs(skewMs) / 1000)} s; synchronise the clocks (NTP).`,
  );
}

function reportExpirations(store: ObjectStore, traits: BucketTraits, found: Findings): void {
  const prefix = store.location.replace(/^s3:\/\/[^/]+\/?/, '');
  for (const rule of traits.expirations) {
    const concerns = rule.prefix.startsWith(prefix) || prefix.startsWith(rule.prefix);
    const onlyWork = /\/work\//.test(`${rule.prefix}/`);
    if (!concerns || onlyWork) continue;
    const certainty = rule.filtered ? 'may expire' : 'expires';
    found.notable.push(
      `The bucket's lifecycle rule "${rule.id}" ${certainty} objects below "${rule.prefix}", backups among them; limit it to other prefixes.`,
    );
  }
}

async function removeProbe(store: ObjectStore, keys: string[], found: Findings): Promise<void> {
  // A writer has no permission to delete; what stays is three small objects for the janitor.
  const kept = await store.delete(keys).catch((error: unknown) => {
    if (!isStoreError(error)) throw error;
    return keys;
  });
  if (kept.length > 0)
    found.notable.push(`The probe's objects under ${layout.probe} could not be removed; a janitor may delete them.`);
}

/** What came of a request that is allowed to be refused. A store that is away or denies everything still throws. */
async function outcome(request: Promise<unknown>): Promise<StoreErrorKind | 'fine'> {
  try {
    await request;
    return 'fine';
  } catch (error) {
    if (isStoreError(error, 'exists', 'checksum', 'invalid', 'changed')) return error.kind;
    throw error;
  }
}

function result(found: Findings, traits: BucketTraits): ProbeResult {
  return {
    safe: found.unsafe.length === 0,
    findings: [...found.unsafe, ...found.notable],
    traits: { versioned: traits.versioned, objectLock: traits.objectLock },
  };
}
