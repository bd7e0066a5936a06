import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { Ports } from '../free-ports';
import { rolePolicy, S3_ROLES, type S3Role } from './s3-roles';
import type { ServiceSpec } from '../processes/supervisor';

export interface S3Keys {
  accessKeyId: string;
  secretAccessKey: string;
}

/** SeaweedFS opens many ports; each is given, so that parallel stacks do not meet. */
export const S3_PORTS = [
  's3',
  's3Grpc',
  'weedMaster',
  'weedMasterGrpc',
  'weedVolume',
  'weedVolumeGrpc',
  'weedFiler',
  'weedFilerGrpc',
] as const;

interface Identity {
  name: string;
  credentials: { accessKey: string; secretKey: string }[];
  actions?: string[];
  policyNames?: string[];
}

/** As SeaweedFS reads it: weed/pb/iam.proto, S3ApiConfiguration. */
interface S3Config {
  identities: Identity[];
  policies?: { name: string; content: string }[];
}

/** The store's keys: one that may do everything, and one for each role. */
export interface StoreKeys extends S3Keys {
  roles: Record<S3Role, S3Keys>;
}

/**
 * Created at the first start and kept in a file that only its owner can read. A file from before there were roles is
 * extended.
 */
export function s3Keys(dir: string, bucket: string): StoreKeys {
  const file = configOf(dir);
  mkdirSync(dir, { recursive: true });
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as S3Config).identities : [];
  const identity = (name: string, rights: Omit<Identity, 'name' | 'credentials'>): Identity => {
    const credentials = kept.find((one) => one.name === name)?.credentials;
    return { name, credentials: credentials ?? [newKey(name)], ...rights };
  };
  const config: S3Config = {
    identities: [
      identity('kalpa', { actions: ['Admin', 'Read', 'Write', 'List', 'Tagging'] }),
      ...S3_ROLES.map((role) => identity(`kalpa-${role}`, { policyNames: [role] })),
    ],
    policies: S3_ROLES.map((role) => ({ name: role, content: JSON.stringify(rolePolicy(role, bucket)) })),
  };
  writeFileSync(`${file}.new`, JSON.stringify(config), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  const keysOf = (name: string): S3Keys => {
    const [{ accessKey = '', secretKey = '' } = {}] =
      config.identities.find((one) => one.name === name)?.credentials ?? [];
    return { accessKeyId: accessKey, secretAccessKey: secretKey };
  };
  const roles = Object.fromEntries(S3_ROLES.map((role) => [role, keysOf(`kalpa-${role}`)])) as Record<S3Role, S3Keys>;
  return { ...keysOf('kalpa'), roles };
}

const newKey = (accessKey: string) => ({ accessKey, secretKey: randomBytes(20).toString('hex') });

const configOf = (dir: string): string => join(dir, 's3.json');

/** SeaweedFS as an S3 store with credentials. */
export function seaweedfsService(
  weed: string,
  options: { dir: string; ports: Ports; keys: S3Keys; bucket: string; discard: boolean },
): ServiceSpec {
  const { dir, ports, keys, bucket, discard } = options;
  const data = join(dir, 'data');
  const temporary = join(dir, 'tmp');
  for (const folder of [data, temporary]) mkdirSync(folder, { recursive: true });
  const flag = (name: string, use: string): string => `-${name}=${ports[use] ?? ''}`;
  return {
    name: 's3',
    stage: 'server',
    command: weed,
    args: [
      'server',
      `-dir=${data}`,
      '-ip=127.0.0.1',
      '-s3',
      `-s3.config=${configOf(dir)}`,
      '-s3.port.iceberg=0',
      '-s3.port.lance=0',
      flag('s3.port', 's3'),
      flag('s3.port.grpc', 's3Grpc'),
      flag('master.port', 'weedMaster'),
      flag('master.port.grpc', 'weedMasterGrpc'),
      flag('volume.port', 'weedVolume'),
      flag('volume.port.grpc', 'weedVolumeGrpc'),
      flag('filer.port', 'weedFiler'),
      flag('filer.port.grpc', 'weedFilerGrpc'),
      '-master.telemetry=false',
      '-webdav=false',
      '-master.volumeSizeLimitMB=256',
      '-volume.max=0',
      '-volume.preStopSeconds=0',
      '-master.electionTimeout=1s', // the only master elects itself at each restart; by default that takes up to 20 s
    ],
    env: { ...process.env, TMPDIR: temporary }, // its log files
    // When it is stopped it accepts no more requests and waits 15 s for streams to itself. Everything that it
    // acknowledged is already written, so there is no need to wait; a store whose home is discarded can be killed.
    ...(discard ? { stopSignal: 'SIGKILL' } : { stopWithinMs: 4_000 }),
    ready: async () => await bucketReady(ports['s3'] ?? 0, keys, bucket),
    afterStop: () => removeSockets(ports),
  };
}

/** SeaweedFS creates sockets in /tmp, named by port, and leaves them there. */
function removeSockets(ports: Ports): void {
  for (const port of S3_PORTS.map((use) => ports[use])) {
    for (const part of ['s3', 's3-grpc', 'filer', 'filer-grpc', 'master-grpc', 'volume-grpc']) {
      rmSync(`/tmp/seaweedfs-${part}-${port}.sock`, { force: true });
    }
  }
}

async function bucketReady(port: number, keys: S3Keys, bucket: string): Promise<boolean> {
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: keys,
    maxAttempts: 1,
  });
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket })).catch(() => undefined); // it exists, or the store is not up yet
    await client.send(new HeadBucketCommand({ Bucket: bucket }));
    return true;
  } catch {
    return false;
  } finally {
    client.destroy();
  }
}
