import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { freePorts } from '../../stack/free-ports';
import type { S3Config } from '../../src/transfer';

/** A real S3 server of the test's own: folder, ports, credentials. */
export interface S3Server {
  /** Where its bucket is, under a prefix of its own for each caller. */
  config(prefix: string): S3Config;
  stop(): Promise<void>;
}

/** How one kind of server is started. */
export interface S3Program {
  /** Its name in messages. */
  name: string;
  program: string;
  /** Which variable names another program file. */
  variable: string;
  /** Arguments and more environment for a server that keeps everything in `home` and listens on 127.0.0.1:`port`. */
  prepare(home: string, port: number, access: S3Access): Promise<{ args: string[]; env?: NodeJS.ProcessEnv }>;
}

/** Who may do what in which bucket. */
export interface S3Access {
  bucket: string;
  credentials: Credentials;
  /** Who else is let in. */
  others?: Credentials[];
}

interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

const ACCESS: S3Access = {
  bucket: 'kalpa-test',
  credentials: { accessKeyId: 'kalpa', secretAccessKey: 'kalpa-secret' },
};
const MAX_ATTEMPTS = 300;
const BETWEEN_MS = 100;

/** A server has ended before it answered: as a rule another process took one of its ports a moment before. */
class EndedAtItsStart extends Error {
  override readonly name = 'EndedAtItsStart';
}
const STARTS = 3;

/** Starts a server and makes a bucket. Ends with one sentence where the program is missing. */
export async function startS3Server(kind: S3Program, access = ACCESS): Promise<S3Server> {
  for (let start = 1; ; start += 1) {
    try {
      return await startOnce(kind, access);
    } catch (error) {
      if (!(error instanceof EndedAtItsStart) || start === STARTS) throw error;
    }
  }
}

async function startOnce(kind: S3Program, access: S3Access): Promise<S3Server> {
  const home = await mkdtemp(join(tmpdir(), 'kalpa-s3-'));
  const [port = 0] = await freePorts(1);
  const { child, log } = await launch(kind, home, port, access);
  const endpoint = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    await end(child);
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  const config = (prefix: string): S3Config => ({
    ...access,
    prefix,
    region: 'us-east-1',
    endpoint,
    forcePathStyle: true,
  });
  try {
    await makeBucket(kind.name, config(''), child, log);
  } catch (error) {
    await stop();
    throw error;
  }
  return { config, stop };
}

/** A program of the set-up: named by a variable, else below `.kalpa/tools`, else on the PATH. */
export function installed(variable: string, folder: 'venv' | 'test-venv', name: string): string {
  const ours = resolve(__dirname, '../../.kalpa/tools', folder, 'bin', name);
  return process.env[variable] ?? (existsSync(ours) ? ours : name);
}

async function launch(
  kind: S3Program,
  home: string,
  port: number,
  access: S3Access,
): Promise<{ child: ChildProcess; log: () => string }> {
  const { args, env } = await kind.prepare(home, port, access);
  const child = spawn(kind.program, args, {
    cwd: home,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const keep = (chunk: Buffer): void => void (text = (text + chunk.toString()).slice(-4_000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  await new Promise<void>((started, failed) => {
    child.once('spawn', started);
    child.once('error', (error: NodeJS.ErrnoException) =>
      failed(
        error.code === 'ENOENT'
          ? new Error(
              `${kind.name} is not there: run \`node scripts/setup.mjs --for-tests\`, or name its program in ${kind.variable}.`,
            )
          : error,
      ),
    );
  });
  return { child, log: () => text };
}

async function makeBucket(name: string, config: S3Config, child: ChildProcess, log: () => string): Promise<void> {
  const { bucket, region, endpoint = '', credentials } = config;
  const client = new S3Client({
    region,
    endpoint,
    forcePathStyle: true,
    maxAttempts: 1,
    ...(credentials ? { credentials } : {}),
  });
  try {
    for (let tries = 1; ; tries += 1) {
      try {
        await client.send(new CreateBucketCommand({ Bucket: bucket }));
        return;
      } catch (error) {
        if (child.exitCode !== null)
          throw new EndedAtItsStart(`${name} ended at its start:\n${log()}`, { cause: error });
        if (tries > MAX_ATTEMPTS) throw new Error(`${name} did not answer within 30 s:\n${log()}`, { cause: error });
        await pause(BETWEEN_MS);
      }
    }
  } finally {
    client.destroy();
  }
}

/** Ends one child by its pid; a server may need seconds to stop by itself, and its data is thrown away anyway. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  child.kill('SIGKILL');
  await ended;
}
