import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutObjectRetentionCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { bucketPolicy } from '../../../src/repository';
import type { ObjectLock, VersionName } from '../../../src/transfer';
import { freePorts } from '../../../stack/free-ports';
import { Supervisor } from '../../../stack/processes/supervisor';
import { S3_ROLES, type S3Role } from '../../../stack/servers/s3-roles';
import { s3Keys, seaweedfsService, S3_PORTS } from '../../../stack/servers/seaweedfs';
import type { StackJson } from '../../../stack/stack-json';
import { stackTools } from '../../../stack/tools';
import { temporaryFolder } from '../../suites/temporary-folder';

const BUCKET = 'kalpa-locked';

/**
 * A SeaweedFS of a test's own whose bucket has object lock; each role may do what `kalpa policy` prints for it where
 * `objectLock` is set. The owner of the account may do everything, so also bypass governance.
 *
 * SeaweedFS 4.44 does with locks what AWS documents, as far as these tests go: a locked version can't be deleted, nor
 * its lock be shortened; `x-amz-bypass-governance-retention` helps in governance mode alone, and only those who have
 * the right; a deletion without a version puts a marker over a locked object, and its key is free for another create. A
 * lock's mode changes only with that header (weed/s3api/s3api_object_retention.go, setObjectRetention).
 */
export class LockedStore {
  private readonly owner: S3Client;

  private constructor(
    readonly s3: StackJson['s3'],
    private readonly end: () => Promise<void>,
  ) {
    this.owner = this.client(s3);
  }

  static async start(cluster: string, prefix = 'backups'): Promise<LockedStore> {
    const folder = await temporaryFolder();
    const supervisor = new Supervisor(folder.path);
    const numbers = await freePorts(S3_PORTS.length);
    const ports = Object.fromEntries(S3_PORTS.map((use, i) => [use, numbers[i] ?? 0]));
    const dir = join(folder.path, 's3');
    const keys = s3Keys(dir, 'kalpa');
    const file = join(dir, 's3.json');
    const policies = S3_ROLES.map((name) => {
      const { Version, Statement } = bucketPolicy(name, { bucket: BUCKET, prefix, cluster, locks: true });
      // SeaweedFS knows no condition on If-None-Match.
      return { name, content: JSON.stringify({ Version, Statement: Statement.filter(({ Condition }) => !Condition) }) };
    });
    const config = JSON.parse(readFileSync(file, 'utf8')) as object;
    writeFileSync(file, JSON.stringify({ ...config, policies }), { mode: 0o600 });
    await supervisor.start(seaweedfsService(stackTools().weed, { dir, ports, keys, bucket: 'kalpa', discard: true }));
    const endpoint = `http://127.0.0.1:${ports['s3']}`;
    const store = new LockedStore({ endpoint, region: 'us-east-1', bucket: BUCKET, prefix, ...keys }, async () => {
      await supervisor.stop();
      await folder.remove();
    });
    await store.owner.send(new CreateBucketCommand({ Bucket: BUCKET, ObjectLockEnabledForBucket: true }));
    return store;
  }

  async stop(): Promise<void> {
    this.owner.destroy();
    await this.end();
  }

  /** Deletes one version although it is locked, or tries to: as the owner or in a role. */
  async deleteBypassing({ key, versionId }: VersionName, role?: S3Role): Promise<void> {
    const of = { Bucket: BUCKET, Key: `${this.s3.prefix}/${key}`, VersionId: versionId };
    const client = role === undefined ? this.owner : this.client(this.s3.roles[role]);
    try {
      await client.send(new DeleteObjectCommand({ ...of, BypassGovernanceRetention: true }));
    } finally {
      if (client !== this.owner) client.destroy();
    }
  }

  /** Hides an object behind a delete marker: what a deletion without a version does, whether it is locked or not. */
  async hide(key: string, role: S3Role): Promise<void> {
    const client = this.client(this.s3.roles[role]);
    try {
      await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: `${this.s3.prefix}/${key}` }));
    } finally {
      client.destroy();
    }
  }

  /** The owner makes a lock of governance end in so many milliseconds, so that a test need not wait for days. */
  async shorten(
    { key, versionId }: VersionName,
    ms: number,
    Mode: 'GOVERNANCE' | 'COMPLIANCE' = 'GOVERNANCE',
  ): Promise<void> {
    await this.owner.send(
      new PutObjectRetentionCommand({
        ...{ Bucket: BUCKET, Key: `${this.s3.prefix}/${key}`, VersionId: versionId, BypassGovernanceRetention: true },
        Retention: { Mode, RetainUntilDate: new Date(Date.now() + ms) },
      }),
    );
  }

  private client({ accessKeyId, secretAccessKey }: { accessKeyId: string; secretAccessKey: string }): S3Client {
    const { endpoint, region } = this.s3;
    const credentials: S3ClientConfig['credentials'] = { accessKeyId, secretAccessKey };
    return new S3Client({ endpoint, region, forcePathStyle: true, credentials });
  }
}

/** A lock that ends so many milliseconds from now. */
export const lockFor = (ms: number, mode: ObjectLock['mode'] = 'governance'): ObjectLock => ({
  mode,
  until: new Date(Math.ceil((Date.now() + ms) / 1000) * 1000).toISOString(),
});
