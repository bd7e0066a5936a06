import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  type DefaultRetention,
  type LifecycleRule,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { BucketTraits, ExpirationRule } from '../store/object-store';
import { toStoreError } from './s3-errors';
import { given } from '../../objects/given';

type Signal = { abortSignal?: AbortSignal };

/** Versioning, object lock and lifecycle. 403, 404 and 501 count as an answer: nothing is known. */
export async function readBucketTraits(client: S3Client, bucket: string, signal: Signal): Promise<BucketTraits> {
  const versioning = await known(() => client.send(new GetBucketVersioningCommand({ Bucket: bucket }), signal));
  let mayAskForLock = true;
  const lock = await known(
    () => client.send(new GetObjectLockConfigurationCommand({ Bucket: bucket }), signal),
    () => (mayAskForLock = false),
  );
  const locked = lock?.ObjectLockConfiguration;
  const lifecycle = await known(() =>
    client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }), signal),
  );
  return {
    versioned: versioning?.Status === 'Enabled',
    objectLock: locked?.ObjectLockEnabled === 'Enabled',
    ...(mayAskForLock ? {} : { objectLockUnknown: true }),
    ...given({ defaultRetention: defaultRetention(locked?.Rule?.DefaultRetention) }),
    expirations: (lifecycle?.Rules ?? []).flatMap(expiration),
  };
}

function defaultRetention(rule: DefaultRetention | undefined): BucketTraits['defaultRetention'] {
  const days = rule?.Days ?? (rule?.Years === undefined ? undefined : rule.Years * 365);
  if (days === undefined || days === 0 || rule?.Mode === undefined) return undefined;
  return { mode: rule.Mode === 'COMPLIANCE' ? 'compliance' : 'governance', days };
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
  // `Prefix` beside `Filter` is the older form; some stores still return it.
  const prefix = filter?.Prefix ?? filter?.And?.Prefix ?? (rule as { Prefix?: string }).Prefix ?? '';
  return [{ id: rule.ID ?? 'unnamed', prefix, filtered }];
}

async function known<T>(request: () => Promise<T>, onDenied?: () => void): Promise<T | undefined> {
  try {
    return await request();
  } catch (error) {
    const failure = toStoreError(error, 'GetBucketTraits', '', '');
    const isAnswer = failure.kind === 'missing' || failure.kind === 'invalid' || failure.kind === 'denied';
    if (!isAnswer || failure.code === 'NoSuchBucket') throw error;
    if (failure.kind === 'denied') onDenied?.();
    return undefined;
  }
}
