import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3Config } from '../../src/transfer';

/** A real SeaweedFS of the test's own: folder, ports, credentials. */
export interface Seaweedfs {
  /** Where its bucket is, under a prefix of its own for each caller. */
  config(prefix: string): S3Config;
  stop(): Promise<void>;
}

const BUCKET = 'kalpa-test';
const CREDENTIALS = { accessKeyId: 'kalpa', secretAccessKey: 'kalpa-secret' };

/** Starts SeaweedFS and makes a bucket. Ends with one sentence where the program is missing. */
export async function startSeaweedfs(): Promise<Seaweedfs> {
  const home = await mkdtemp(join(tmpdir(), 'kalpa-seaweedfs-'));
  const s3Port = await launchPort();
  const { child, log } = await launch(home, s3Port);
  const endpoint = `http://127.0.0.1:${s3Port}`;
  const stop = async (): Promise<void> => {
    await end(child);
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  try {
    await makeBucket(endpoint, child, log);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    config: (prefix) => ({
      bucket: BUCKET,
      prefix,
      region: 'us-east-1',
      endpoint,
      forcePathStyle: true,
      credentials: CREDENTIALS,
    }),
    stop,
  };
}

/** `weed`: named by KALPA_WEED, else of the set-up, else on the PATH. */
function weed(): string {
  const ours = resolve(__dirname, '../../.kalpa/tools/venv/bin/weed');
  return process.env['KALPA_WEED'] ?? (existsSync(ours) ? ours : 'weed');
}

async function launch(home: string, s3Port: number): Promise<{ child: ChildProcess; log: () => string }> {
  const names = [
    'master.port',
    'master.port.grpc',
    'volume.port',
    'volume.port.grpc',
    'filer.port',
    'filer.port.grpc',
    's3.port.grpc',
  ];
  const ports = await freePorts(names.length);
  const identity = {
    identities: [
      {
        name: 'kalpa',
        credentials: [{ accessKey: CREDENTIALS.accessKeyId, secretKey: CREDENTIALS.secretAccessKey }],
        actions: ['Admin', 'Read', 'Write', 'List', 'Tagging'],
      },
    ],
  };
  await writeFile(join(home, 's3.json'), JSON.stringify(identity), { mode: 0o600 });
  const child = spawn(
    weed(),
    [
      'server',
      `-dir=${home}`,
      '-ip=127.0.0.1',
      '-s3',
      `-s3.config=${join(home, 's3.json')}`,
      `-s3.port=${s3Port}`,
      '-s3.port.iceberg=0',
      '-s3.port.lance=0',
      '-master.telemetry=false',
      '-master.volumeSizeLimitMB=256',
      '-volume.max=40',
      '-webdav=false',
      ...names.map((name, i) => `-${name}=${ports[i]}`),
    ],
    { cwd: home, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let text = '';
  const keep = (chunk: Buffer): void => void (text = (text + chunk.toString()).slice(-4_000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  await new Promise<void>((started, failed) => {
    child.once('spawn', started);
    child.once('error', (error: NodeJS.ErrnoException) =>
      failed(
        error.code === 'ENOENT'
          ? new Error('SeaweedFS is not there: run `npm run setup`, or name `weed` in KALPA_WEED.')
          : error,
      ),
    );
  });
  return { child, log: () => text };
}

async function makeBucket(endpoint: string, child: ChildProcess, log: () => string): Promise<void> {
  const client = new S3Client({
    region: 'us-east-1',
    endpoint,
    forcePathStyle: true,
    credentials: CREDENTIALS,
    maxAttempts: 1,
  });
  try {
    for (let tries = 1; ; tries += 1) {
      try {
        await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
        return;
      } catch (error) {
        if (child.exitCode !== null) throw new Error(`SeaweedFS ended at its start:\n${log()}`, { cause: error });
        if (tries > 300) throw new Error(`SeaweedFS did not answer within 30 s:\n${log()}`, { cause: error });
        await pause(100);
      }
    }
  } finally {
    client.destroy();
  }
}

/** Ends one child by its pid; SeaweedFS needs seconds to stop by itself, and its data is thrown away anyway. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  child.kill('SIGKILL');
  await ended;
}

const launchPort = async (): Promise<number> => (await freePorts(1))[0] ?? 0;

/** Ports that are free now; held together while they are looked for, so that no two are the same. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise<typeof server>((ready, failed) => {
        server.once('error', failed);
        server.listen(0, '127.0.0.1', () => ready(server));
      });
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise<void>((closed) => server.close(() => closed()))));
  return ports;
}
