import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { S3Client, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import type { StackJson } from '../../../stack/stack-json';
import { databaseNames } from './sql';

const run = promisify(execFile);

/** yb-admin as a person would run it. */
export async function ybAdmin(stack: StackJson, ...args: string[]): Promise<string> {
  return (
    await run(join(stack.tools, 'yb-admin'), [`--master_addresses=${stack.masters.join(',')}`, ...args], {
      env: { ...process.env, TZ: 'UTC' },
    })
  ).stdout;
}

/** What an operation must never leave behind: snapshots, scratch databases, open uploads, a balancer that is off. */
export async function leftovers(stack: StackJson, cluster = 'demo'): Promise<string[]> {
  const snapshots = await ybAdmin(stack, 'list_snapshots');
  const schedules = await ybAdmin(stack, 'list_snapshot_schedules'); // what they keep is wanted
  const ids = snapshots
    .split('\n')
    .filter((line) => /^[0-9a-f-]{36} /.test(line) && !/RESTORED|DELETING|FAILED/.test(line))
    .filter((line) => !schedules.includes(line.slice(0, 36)));
  const scratch = (await databaseNames(stack.ysql)).filter((name) => name.startsWith('kalpa_'));
  const balancer = (await ybAdmin(stack, 'get_load_balancer_state')).includes('DISABLED')
    ? ['the load balancer is off']
    : [];
  return [
    ...ids.map((line) => `snapshot ${line}`),
    ...scratch.map((name) => `database ${name}`),
    ...balancer,
    ...(await openUploads(stack)).filter((line) => line.includes(`/clusters/${cluster}/`)),
  ];
}

/** Multipart uploads that are open below the stack's prefix, a line each. */
export async function openUploads({ s3 }: StackJson): Promise<string[]> {
  const client = new S3Client({
    endpoint: s3.endpoint,
    region: s3.region,
    forcePathStyle: true,
    credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
  });
  try {
    const { Uploads = [] } = await client.send(
      new ListMultipartUploadsCommand({ Bucket: s3.bucket, Prefix: s3.prefix }),
    );
    return Uploads.map(({ Key }) => `open upload of ${Key ?? ''}`);
  } finally {
    client.destroy();
  }
}

/** Arms a fault of the emulator by name. */
export async function arm(stack: StackJson, fault: object): Promise<void> {
  const response = await fetch(`${stack.emulator.control}/faults`, { method: 'POST', body: JSON.stringify(fault) });
  if (!response.ok) throw new Error(await response.text());
}

export async function disarm(stack: StackJson): Promise<void> {
  await fetch(`${stack.emulator.control}/faults`, { method: 'DELETE' });
}

/** Big files in a database's tablets, so that a copy takes a while. */
export async function ballast(stack: StackJson, database: string, bytes: number, files: number): Promise<void> {
  const response = await fetch(`${stack.emulator.control}/ballast`, {
    method: 'POST',
    body: JSON.stringify({ database, bytes, files }),
  });
  if (!response.ok) throw new Error(await response.text());
}
