import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { Ports } from './free-ports';
import type { ServiceSpec } from './supervisor';

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

/** SeaweedFS as an S3 store with credentials. */
export function seaweedfsService(
  weed: string,
  options: { dir: string; ports: Ports; keys: S3Keys; bucket: string },
): ServiceSpec {
  const { dir, ports, keys, bucket } = options;
  mkdirSync(dir, { recursive: true });
  const config = join(dir, 's3.json');
  const identity = {
    name: 'kalpa',
    credentials: [{ accessKey: keys.accessKeyId, secretKey: keys.secretAccessKey }],
    actions: ['Admin', 'Read', 'Write', 'List', 'Tagging'],
  };
  writeFileSync(config, JSON.stringify({ identities: [identity] }), { mode: 0o600 });
  return {
    name: 's3',
    command: weed,
    args: [
      'server',
      `-dir=${dir}`,
      '-ip=127.0.0.1',
      '-s3',
      `-s3.config=${config}`,
      `-s3.port=${ports['s3']}`,
      `-s3.port.grpc=${ports['s3Grpc']}`,
      '-s3.port.iceberg=0',
      '-s3.port.lance=0',
      `-master.port=${ports['weedMaster']}`,
      `-master.port.grpc=${ports['weedMasterGrpc']}`,
      `-volume.port=${ports['weedVolume']}`,
      `-volume.port.grpc=${ports['weedVolumeGrpc']}`,
      `-filer.port=${ports['weedFiler']}`,
      `-filer.port.grpc=${ports['weedFilerGrpc']}`,
      '-master.telemetry=false',
      '-webdav=false',
      '-master.volumeSizeLimitMB=256',
      '-volume.max=0',
    ],
    stopWithinMs: 25_000,
    ready: async () => await bucketReady(ports['s3'] ?? 0, keys, bucket),
  };
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
    await client.send(new CreateBucketCommand({ Bucket: bucket })).catch(() => undefined); // there already, or not up yet: the next line tells
    await client.send(new HeadBucketCommand({ Bucket: bucket }));
    return true;
  } catch {
    return false;
  } finally {
    client.destroy();
  }
}
