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
    const lock = await lockFor(store, of, wanted, (why) => (result.refused ??= why));
    if (lock === undefined) result.upload.push(...of);
    else result.kept.push(...of.map(({ lockMode: _, ...line }) => ({ ...line, ...linesLocked(lock) })));
  });
  return result;
}

/** What the lines of an object's files say about its lock. */
export const linesLocked = (lock: ObjectLock | undefined): Pick<SegmentLine, 'lockedUntil' | 'lockMode'> =>
  lock === undefined ? {} : { lockedUntil: lock.until, ...(lock.mode === 'compliance' ? { lockMode: lock.mode } : {}) };

/** How an object will be locked; undefined: its files must be uploaded. */
async function lockFor(
  store: ObjectStore,
  [line, ...others]: readonly SegmentLine[],
  { lock, from }: RequestedLock,
  refuse: (why: string) => void,
): Promise<ObjectLock | undefined> {
  if (line === undefined) return undefined;
  const needed = Date.parse(lock.until);
  const begun = Date.parse(from);
  const now = line.lockedUntil;
  const mode = line.lockMode ?? 'governance';
  if (now !== undefined && Date.parse(now) >= needed && isAsStrong({ mode, until: now }, lock))
    return { mode, until: now };
  // Never for less than it is locked: of a lock that is long enough only the mode is to change.
  const ahead = Math.max(needed + Math.max(0, needed - begun) * AHEAD, Date.parse(now ?? from));
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
): Promise<ObjectLock | undefined> {
  try {
    await store.setRetention(object, lock, { versionId });
    return lock;
  } catch (error) {
    if (!isStoreError(error, 'denied', 'invalid', 'missing')) throw error;
    if (error.kind !== 'missing') {
      const there = await locked(store, object, versionId);
      if (there && Date.parse(there.until) >= needed && isAsStrong(there, lock)) return there;
      // A lock in compliance mode can't be weakened to governance, but can be extended in its own mode.
      if (there?.mode === 'compliance' && lock.mode === 'governance')
        return await prolong(
          store,
          { object, versionId } as SegmentLine,
          { lock: { ...lock, mode: there.mode }, needed },
          refuse,
        );
      // Stores that let nobody but the holders of a special right change the mode: AccessDenied says nothing of that.
      if (there?.mode === 'governance' && lock.mode === 'compliance') {
        refuse(`${object} is locked in governance mode, which the store does not turn into compliance mode`);
        return undefined;
      }
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
