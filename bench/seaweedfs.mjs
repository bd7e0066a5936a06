// The embedded stack's store for a bench, in a folder of its own.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const { freePorts } = require('../dist/stack/free-ports.js');
const { S3_PORTS, s3Keys, seaweedfsService } = require('../dist/stack/servers/seaweedfs.js');

/** Settings of the started store, below `home`; its process is added to `children`. */
export async function startSeaweedfs(home, children) {
  const numbers = await freePorts(S3_PORTS.length);
  const ports = Object.fromEntries(S3_PORTS.map((name, i) => [name, numbers[i]]));
  const dir = join(home, 'seaweedfs');
  const { accessKeyId, secretAccessKey } = s3Keys(dir, 'bench');
  const credentials = { accessKeyId, secretAccessKey };
  const weed = join(root, '.kalpa', 'tools', 'venv', 'bin', 'weed');
  const service = seaweedfsService(weed, { dir, ports, keys: credentials, bucket: 'bench', discard: true });
  const child = spawn(service.command, service.args, { env: service.env, stdio: 'ignore' });
  children.add(child);
  for (let tries = 0; !(await service.ready()); tries += 1) {
    if (tries === 300) throw new Error('SeaweedFS did not begin to answer within 30 s.');
    await pause(100);
  }
  const endpoint = `http://127.0.0.1:${ports.s3}`;
  return { bucket: 'bench', prefix: '', region: 'us-east-1', endpoint, forcePathStyle: true, credentials };
}
