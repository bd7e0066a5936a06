import type { BucketTraits, ObjectLock, ObjectStore } from '../transfer';

/** What a probe found: what makes a store unsafe, and what people should know besides. */
export interface Findings {
  unsafe: string[];
  notable: string[];
}

/** `repository.objectLock`: how objects are to be locked. */
export interface LockSettings {
  mode: ObjectLock['mode'];
  days: number;
}

/** Why nothing can be written to a bucket if objects are to be locked. */
export function bucketWithoutLock(
  store: ObjectStore,
  { objectLock, objectLockUnknown }: BucketTraits,
): string | undefined {
  if (objectLock || objectLockUnknown === true) return undefined;
  return `The bucket of ${store.location} has no object lock, which repository.objectLock asks for: the store would refuse every object. Turn it on (AWS: also for a bucket that exists, with versioning; other stores: a new bucket), or remove objectLock from kalpa.yaml of every worker.`;
}

/** Reports where the bucket and `repository.objectLock` do not match; none of this stops a backup. */
export function reportLocks(
  store: ObjectStore,
  { objectLock, objectLockUnknown, defaultRetention }: BucketTraits,
  wanted: LockSettings | undefined,
  { notable }: Findings,
): void {
  if (wanted === undefined && defaultRetention !== undefined)
    notable.push(
      `The bucket of ${store.location} locks every object for ${defaultRetention.days} days by itself (${defaultRetention.mode} mode), and repository.objectLock is not set: what later backups refer to is unlocked before they are, and work lists and probes are locked too. Set repository.objectLock, and remove the bucket's default retention.`,
    );
  else if (wanted === undefined && objectLock)
    notable.push(
      `The bucket of ${store.location} has object lock, and repository.objectLock is not set, so whoever may delete there can delete backups at any time. Set it in kalpa.yaml of every control worker: docs/keep-and-delete.md, "Object lock".`,
    );
  if (wanted === undefined) return;
  if (objectLockUnknown === true)
    notable.push(
      `It is not known whether the bucket of ${store.location} has object lock: this identity lacks s3:GetBucketObjectLockConfiguration (kalpa policy control).`,
    );
  if (defaultRetention !== undefined && defaultRetention.days < wanted.days)
    notable.push(
      `The bucket of ${store.location} locks every object for ${defaultRetention.days} days, repository.objectLock for ${wanted.days}: what Kalpa locks stays as long as Kalpa says, everything else (tombstones, leases, work lists, probes) ${defaultRetention.days} days. Remove the bucket's default retention unless you want that.`,
    );
}

/** Reports lifecycle rules that expire what is in the repository. */
export function reportExpirations(store: ObjectStore, traits: BucketTraits, found: Findings): void {
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
