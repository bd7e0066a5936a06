import { mapConcurrently } from '../../objects/map-concurrently';
import { isStoreError, type ObjectLock, type ObjectStore } from '../../transfer';
import type { SegmentLine } from '../backups/manifest-schema';
import { grouped } from '../../objects/grouped';

/**
 * Locks of referenced objects are extended by this much more than needed, so that not every backup has to extend them.
 */
const AHEAD = 1 / 4;

/** A backup's own lock, and when the backup began (RFC 3339): it keeps its data locked for the time between the two. */
export interface RequestedLock {
  lock: ObjectLock;
  from: string;
}

export interface ExtendedLocks {
  /** Lines whose objects stay for as long as this backup needs them, with `lockedUntil`. */
  kept: SegmentLine[];
  /** Lines whose objects can't be relied on, or are cheaper to upload again. */
  upload: SegmentLine[];
  /** The reason for the first lock that the store refused. */
  refused?: string;
}

/**
 * Ensures that objects of earlier backups which this one refers to are locked for as long as its own. Only locks that
 * would expire earlier are extended, by a quarter more than needed: a daily backup that is kept for a month extends an
 * object's lock about once a week. A repeated call asks for the same date, which changes nothing. Objects that the
 * store does not lock are uploaded: that costs bytes, but never weakens the protection.
 */
export async function extendLocks(
  store: ObjectStore,
  lines: readonly SegmentLine[],
  wanted: RequestedLock,
): Promise<ExtendedLocks> {
  const objects = grouped(lines, ({ object, versionId }) => `${object}\0${versionId ?? ''}`);
  const result: ExtendedLocks = { kept: [], upload: [] };
  await mapConcurrently([...objects.values()], async (of) => {
    const until = await lockFor(store, of, wanted, (why) => (result.refused ??= why));
    if (until === undefined) result.upload.push(...of);
    else result.kept.push(...of.map((line) => ({ ...line, lockedUntil: until })));
  });
  return result;
}

/** Until when an object will be locked; undefined: its files must be uploaded. */
async function lockFor(
  store: ObjectStore,
  [line, ...others]: readonly SegmentLine[],
  { lock, from }: RequestedLock,
  refuse: (why: string) => void,
): Promise<string | undefined> {
  if (line === undefined) return undefined;
  const needed = Date.parse(lock.until);
  const begun = Date.parse(from);
  const now = line.lockedUntil;
  if (now !== undefined && Date.parse(now) >= needed) return now;
  const ahead = needed + Math.max(0, needed - begun) * AHEAD;
  const until = new Date(Math.ceil(ahead / 1000) * 1000).toISOString(); // stores keep whole seconds
  const used = others.reduce((sum, { size }) => sum + size, line.size);
  if (
    isCheaperToUpload({
      used,
      all: line.packBytes ?? used,
      now: Date.parse(now ?? from),
      begun,
      until: Date.parse(until),
    })
  )
    return undefined;
  return await prolong(store, line, { lock: { ...lock, until }, needed }, refuse);
}

/**
 * A pack is kept or removed as a whole. Extending its lock keeps its unused bytes for longer; uploading stores the used
 * ones twice for as long as the pack is locked anyway. The smaller product of bytes and time wins. Requests do not
 * decide it: either way each unpacked file and each pack costs one.
 */
function isCheaperToUpload(pack: { used: number; all: number; now: number; begun: number; until: number }): boolean {
  const { used, all, now, begun, until } = pack;
  const lockedFrom = Math.max(now, begun);
  return (all - used) * (until - lockedFrom) > used * (lockedFrom - begun);
}

async function prolong(
  store: ObjectStore,
  { object, versionId }: SegmentLine,
  { lock, needed }: { lock: ObjectLock; needed: number },
  refuse: (why: string) => void,
): Promise<string | undefined> {
  try {
    await store.setRetention(object, lock, { versionId });
    return lock.until;
  } catch (error) {
    if (!isStoreError(error, 'denied', 'invalid', 'missing')) throw error;
    if (error.kind !== 'missing') {
      const there = await locked(store, object, versionId);
      if (there && Date.parse(there.until) >= needed && isAsStrong(there, lock)) return there.until;
      // A lock in compliance mode can't be weakened to governance, but can be extended in its own mode.
      if (there?.mode === 'compliance' && lock.mode === 'governance')
        return await prolong(
          store,
          { object, versionId } as SegmentLine,
          { lock: { ...lock, mode: there.mode }, needed },
          refuse,
        );
    }
    refuse(error.message);
    return undefined;
  }
}

const isAsStrong = (there: ObjectLock, wanted: ObjectLock): boolean =>
  there.mode === 'compliance' || wanted.mode === 'governance';

async function locked(
  store: ObjectStore,
  object: string,
  versionId: string | undefined,
): Promise<ObjectLock | undefined> {
  try {
    return await store.retention(object, { versionId });
  } catch (error) {
    if (isStoreError(error, 'denied', 'missing')) return undefined;
    throw error;
  }
}
