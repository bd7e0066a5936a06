import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  type LifecycleRule,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { BucketTraits, ExpirationRule } from '../store/object-store';
import { toStoreError } from './s3-errors';

type Signal = { abortSignal?: AbortSignal };

/** Versioning, object lock and lifecycle. 403, 404 and 501 are answers too: nothing known. */
export async function readBucketTraits(client: S3Client, bucket: string, signal: Signal): Promise<BucketTraits> {
  const versioning = await known(() => client.send(new GetBucketVersioningCommand({ Bucket: bucket }), signal));
  const lock = await known(() => client.send(new GetObjectLockConfigurationCommand({ Bucket: bucket }), signal));
  const lifecycle = await known(() =>
    client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }), signal),
  );
  return {
    versioned: versioning?.Status === 'Enabled',
    objectLock: lock?.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled',
    expirations: (lifecycle?.Rules ?? []).flatMap(expiration),
  };
}

function expiration(rule: LifecycleRule): ExpirationRule[] {
  const expires = rule.Expiration?.Days !== undefined || rule.Expiration?.Date !== undefined;
  if (rule.Status !== 'Enabled' || !expires) return [];
  const filter = rule.Filter;
  const filtered =
    filter?.And !== undefined ||
    filter?.Tag !== undefined ||
    filter?.ObjectSizeGreaterThan !== undefined ||
    filter?.ObjectSizeLessThan !== undefined;
  // `Prefix` beside `Filter` is the older form; some stores still answer with it.
  const prefix = filter?.Prefix ?? filter?.And?.Prefix ?? (rule as { Prefix?: string }).Prefix ?? '';
  return [{ id: rule.ID ?? 'unnamed', prefix, filtered }];
}

async function known<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    const failure = toStoreError(error, 'GetBucketTraits', '', '');
    const isAnswer = failure.kind === 'missing' || failure.kind === 'invalid' || failure.kind === 'denied';
    if (isAnswer && failure.code !== 'NoSuchBucket') return undefined;
    throw error;
  }
}
