import { GetObjectRetentionCommand, PutObjectRetentionCommand } from '@aws-sdk/client-s3';
import { given } from '../../objects/given';
import type { ObjectLock, ObjectStore } from '../store/object-store';
import { isStoreError } from '../store/store-error';
import type { S3Bucket } from './s3-bucket';

const MODES = { governance: 'GOVERNANCE', compliance: 'COMPLIANCE' } as const;

/** Headers for a request that creates an object. */
export function lockHeaders(lock: ObjectLock | undefined): {
  ObjectLockMode?: 'GOVERNANCE' | 'COMPLIANCE';
  ObjectLockRetainUntilDate?: Date;
} {
  return lock === undefined
    ? {}
    : { ObjectLockMode: MODES[lock.mode], ObjectLockRetainUntilDate: new Date(lock.until) };
}

/** Codes of an object without a lock, and of a bucket that has no object lock. */
const NOT_LOCKED = new Set(['NoSuchObjectLockConfiguration', 'ObjectLockConfigurationNotFoundError']);

/** Locks of existing objects. No request ever bypasses one. */
export function locksOf(bucket: S3Bucket): Pick<ObjectStore, 'retention' | 'setRetention'> {
  return {
    async retention(key, options = {}) {
      const command = new GetObjectRetentionCommand({
        ...bucket.address(key),
        ...given({ VersionId: options.versionId }),
      });
      try {
        const { Retention: found } = await bucket.send(
          'GetObjectRetention',
          key,
          (signal) => bucket.s3.client.send(command, signal),
          options,
        );
        if (found?.Mode === undefined || found.RetainUntilDate === undefined) return undefined;
        return {
          mode: found.Mode === 'COMPLIANCE' ? 'compliance' : 'governance',
          until: found.RetainUntilDate.toISOString(),
        };
      } catch (error) {
        if (isStoreError(error) && isNotLocked(error)) return undefined;
        throw error;
      }
    },

    async setRetention(key, lock, options = {}) {
      const command = new PutObjectRetentionCommand({
        ...bucket.address(key),
        ...given({ VersionId: options.versionId }),
        Retention: { Mode: MODES[lock.mode], RetainUntilDate: new Date(lock.until) },
      });
      await bucket.send('PutObjectRetention', key, (signal) => bucket.s3.client.send(command, signal), options);
    },
  };
}

/** AWS answers 400 `InvalidRequest` for a bucket without object lock. */
const isNotLocked = ({ code, kind }: { code?: string | undefined; kind: string }): boolean =>
  kind === 'invalid' || (code !== undefined && NOT_LOCKED.has(code));
