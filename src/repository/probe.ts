import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import {
  isStoreError,
  type BucketTraits,
  type ObjectLock,
  type ObjectStore,
  type ObjectVersion,
  type StoreErrorKind,
  type VersionName,
} from '../transfer';
import { given } from '../objects/given';
import { bucketWithoutLock, reportExpirations, reportLocks, type Findings, type LockSettings } from './bucket-findings';
import { layout } from './layout/layout';
import { addTo } from '../objects/grouped';

/** What the probe found out about a store. */
export interface ProbeResult {
  /** False: this store breaks a promise that the repository depends on. */
  safe: boolean;
  /** Everything that people should know, worst first. */
  findings: string[];
  traits: { versioned: boolean; objectLock: boolean };
  /** Why objects can't be locked as `repository.objectLock` asks; nothing can then be written. */
  lockProblem?: string;
}

/** Clock differences beyond this break leases, grace times and signatures (S3 refuses 15 minutes). */
const CLOCK_SKEW_MS = 60_000;
const PART_BYTES = 5 * 1024 * 1024;
const MAX_ATTEMPTS = 4;
const BETWEEN_MS = 500;

/** The probe's own locks expire after this long, while it waits. */
const LOCKED_MS = 8_000;

/** The objects that a probe has created, which it removes again. */
interface Probed {
  store: ObjectStore;
  found: Findings;
  /** How to lock created objects, when locks are probed. */
  locks?: LockSettings | undefined;
  made: Made;
}

/** What was created under a key, as the store names it, with the requested lock. */
type Made = Map<string, (ObjectVersion & { lock?: ObjectLock | undefined })[]>;

/**
 * Tests what documentation promises and stores may silently ignore: conditional create (also for multipart), rejection
 * of wrong checksums, listing after write, ranges and, if objects are to be locked, locks; checks clock, lifecycle,
 * versioning and object lock. Writes under `probe/` and removes every version again. Throws `StoreError` if the store
 * can't be used at all.
 */
export async function probeStore(store: ObjectStore, wantedLock?: LockSettings): Promise<ProbeResult> {
  const found: Findings = { unsafe: [], notable: [] };
  const name = `${layout.probe}${randomBytes(8).toString('hex')}`;
  const keys = { plain: `${name}-plain`, wrong: `${name}-wrong`, parts: `${name}-parts` };
  await listOnce(store); // before any write: some stores create a missing bucket on the first one
  const traits = await store.traits();
  const lockProblem = wantedLock && bucketWithoutLock(store, traits);
  const locks = lockProblem === undefined ? wantedLock : undefined;
  const probed: Probed = { store, found, locks, made: new Map() };
  try {
    await probeCreate(probed, keys.plain);
    await probeChecksum(probed, keys.wrong);
    await probeMultipart(probed, keys.parts);
    await probeListing(store, name, keys.plain, found);
    if (locks) await probeLocks(probed, [keys.plain, keys.parts]);
  } finally {
    await removeProbe(probed, Object.values(keys));
  }
  await probeClock(store, found);
  reportExpirations(store, traits, found);
  reportLocks(store, traits, wantedLock, found);
  return { ...result(found, traits), ...given({ lockProblem }) };
}

/** By the store's clock, which enforces it; read for each object, since some take long to write. */
async function shortLock({ store, locks }: Probed): Promise<ObjectLock | undefined> {
  if (locks === undefined) return undefined;
  const until = (await store.serverTime()).getTime() + LOCKED_MS;
  return { mode: locks.mode, until: new Date(Math.ceil(until / 1000) * 1000).toISOString() };
}

/** A store that accepts lock headers and ignores them would protect nothing from deletion. */
async function probeLocks({ store, found, made }: Probed, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    const of = key.endsWith('-parts') ? 'what is made of parts' : 'what is created';
    for (const { versionId, lock } of made.get(key) ?? []) {
      const there = await store.retention(key, { versionId });
      if (there?.mode !== lock?.mode || there?.until !== lock?.until) {
        found.unsafe.push(`The store accepts the lock of ${of}, but does not keep it: it can be deleted at any time.`);
        continue;
      }
      if (versionId === undefined || (await store.delete([{ key, versionId }])).length > 0) continue;
      // If all this took longer than the lock, the deletion was legitimate.
      if (lock !== undefined && (await store.serverTime()).getTime() < Date.parse(lock.until))
        found.unsafe.push(`The store deletes ${of} though it is locked.`);
    }
  }
}

async function listOnce(store: ObjectStore): Promise<void> {
  const listed = store.list(layout.probe)[Symbol.asyncIterator]();
  await listed.next();
  await listed.return?.();
}

/**
 * The daily probe, which leaves nothing behind: checks that an existing key and a wrong checksum are refused. Where
 * there is no repository yet, runs the full probe.
 */
export async function probeStoreLightly(store: ObjectStore, wantedLock?: LockSettings): Promise<ProbeResult> {
  const there = await readIfExists(store, layout.repository);
  if (there === undefined) return probeStore(store, wantedLock);
  const found: Findings = { unsafe: [], notable: [] };
  const probed: Probed = { store, found, made: new Map() };
  // Writes the same bytes that are there: a store that ignores the condition does no harm that way.
  if ((await outcome(store.create(layout.repository, there))) !== 'exists') found.unsafe.push(CREATE_IGNORED);
  const wrong = `${layout.probe}${randomBytes(8).toString('hex')}-wrong`;
  await probeChecksum(probed, wrong);
  if (found.unsafe.length > 0) await removeProbe(probed, [wrong]);
  const traits = await store.traits();
  await probeClock(store, found);
  reportExpirations(store, traits, found);
  const lockProblem = wantedLock && bucketWithoutLock(store, traits);
  reportLocks(store, traits, wantedLock, found);
  return { ...result(found, traits), ...given({ lockProblem }) };
}

const CREATE_IGNORED =
  'The store ignores create-if-absent (If-None-Match): two writers could overwrite each other, and a retry could change a committed backup.';

async function readIfExists(store: ObjectStore, key: string): Promise<Buffer | undefined> {
  try {
    return await store.read(key);
  } catch (error) {
    if (isStoreError(error, 'missing') && error.code !== 'NoSuchBucket') return undefined;
    throw error;
  }
}

async function probeCreate(probed: Probed, key: string): Promise<void> {
  const { store, found, made } = probed;
  const first = randomBytes(1024);
  const lock = await shortLock(probed);
  addTo(made, key, { ...(await despiteLostReply(probed, key, store.create(key, first, { lock }))), lock });
  const again = store.create(key, randomBytes(1024), { lock });
  const second = await outcome(again.then((version) => addTo(made, key, { ...version, lock })));
  if (second !== 'exists') found.unsafe.push(CREATE_IGNORED);
  else if (!(await store.read(key)).equals(first)) {
    found.unsafe.push('The store refused a second create of the same key, but changed the object.');
  }
  if (second !== 'exists') return;
  const range = Buffer.alloc(100);
  await store.readRange(key, 500, range);
  if (!range.equals(first.subarray(500, 600)))
    found.unsafe.push('The store answers a ranged read with other bytes than were requested.');
  if ((await store.head(key)).crc32 === undefined) {
    found.notable.push(
      'The store keeps no checksums: a retried upload is compared by reading it back, which costs time.',
    );
  }
}

/**
 * What the first request for a key creates. Nobody else knows the key, so if the store says that the object exists, or
 * that its upload does not any more, the request was repeated after its reply was lost.
 */
async function despiteLostReply(
  { store }: Probed,
  key: string,
  created: Promise<ObjectVersion>,
): Promise<ObjectVersion> {
  try {
    return await created;
  } catch (error) {
    if (!isStoreError(error, 'exists', 'missing')) throw error;
    return await store.head(key).catch(() => {
      throw error;
    });
  }
}

async function probeChecksum(probed: Probed, key: string): Promise<void> {
  const { store, found, made } = probed;
  const lock = await shortLock(probed);
  const body = randomBytes(1024);
  const wrong = store.create(key, body, { crc32: crc32(body) ^ 1, lock });
  const sent = await outcome(wrong.then((version) => addTo(made, key, { ...version, lock })));
  if (sent === 'fine' || sent === 'exists')
    found.unsafe.push('The store accepts bytes with a wrong checksum (CRC32): damage in transit would go unnoticed.');
}

async function probeMultipart(probed: Probed, key: string): Promise<void> {
  const { store, found, made } = probed;
  const parts = [randomBytes(PART_BYTES), randomBytes(1024)];
  const upload = async (): Promise<StoreErrorKind | 'fine'> => {
    const lock = await shortLock(probed);
    const uploadId = await store.createMultipart(key, { lock });
    const sent = [];
    for (const [i, part] of parts.entries()) sent.push(await store.uploadPart({ key, uploadId, number: i + 1 }, part));
    const completing = store.completeMultipart(key, uploadId, sent);
    const completed = await outcome(
      (made.has(key) ? completing : despiteLostReply(probed, key, completing)).then((version) =>
        addTo(made, key, { ...version, lock }),
      ),
    );
    if (completed !== 'fine') await store.abortMultipart(key, uploadId);
    return completed;
  };
  const first = await upload();
  if (first !== 'fine') {
    found.unsafe.push(
      'The store does not complete a multipart upload with create-if-absent: files over 16 MiB could not be stored.',
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

async function removeProbe({ store, found, made }: Probed, keys: string[]): Promise<void> {
  // On a versioned bucket a plain deletion hides an object and keeps its bytes.
  const versions = [...made].flatMap(([key, all]) =>
    all.flatMap(({ versionId }): VersionName[] => (versionId === undefined ? [] : [{ key, versionId }])),
  );
  const names = versions.length > 0 ? versions : keys;
  const remove = async (): Promise<boolean> => {
    try {
      return (await store.delete(names)).length === 0;
    } catch (error) {
      if (!isStoreError(error)) throw error;
      return false;
    }
  };
  const last = Math.max(0, ...[...made.values()].flat().map(({ lock }) => Date.parse(lock?.until ?? '1970-01-01')));
  let removed = false;
  if (last === 0) removed = await remove();
  // Stores keep whole seconds, so the lock may last one more.
  else
    for (let tries = 0; !removed && tries < MAX_ATTEMPTS; tries += 1) {
      const leftMs = last - (await store.serverTime()).getTime();
      await pause(Math.min(Math.max(leftMs, BETWEEN_MS), 2 * LOCKED_MS));
      removed = await remove();
    }
  // A writer may not delete; the three small objects that remain are left to the janitor.
  if (!removed)
    found.notable.push(`The probe's objects under ${layout.probe} could not be removed; a janitor may delete them.`);
}

/** The outcome of a request that may be refused. A store that is unreachable or denies everything still throws. */
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
