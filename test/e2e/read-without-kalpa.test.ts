import { createHash, createPublicKey, verify } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, gunzipSync } from 'node:zlib';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { BackUpDatabaseResult } from '../../src/contract';
import { ballast } from '../support/cluster/cluster-state';
import { newDatabase, SMALL } from '../support/cluster/new-database';
import { start, stackJson, temporalClient } from '../support/stack';

// A program that knows docs/repository-format.md and nothing of src/.

interface Named {
  key: string;
  sha256: string;
  size: number;
}
interface Manifest {
  format: number;
  segments: (Named & { files: number; bytes: number })[];
  artefacts: (Named & { kind: string; contentBytes?: number })[];
  totals: { files: number; bytes: number; tablets: number };
}
interface Line {
  tablet: string;
  path: string;
  size: number;
  inode: string;
  sha256: string;
  crc32: string;
  object: string;
  offset?: number;
}

/** As S3 writes a CRC-32. */
function crc32Text(bytes: Buffer): string {
  const four = Buffer.alloc(4);
  four.writeUInt32BE(crc32(bytes));
  return four.toString('base64');
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const stack = stackJson();
const s3 = new S3Client({
  endpoint: stack.s3.endpoint,
  region: stack.s3.region,
  forcePathStyle: true,
  credentials: { accessKeyId: stack.s3.accessKeyId, secretAccessKey: stack.s3.secretAccessKey },
});
afterAll(() => {
  s3.destroy();
});

const CLUSTER = `${stack.s3.prefix.replace(/\/?$/, '/')}clusters/demo/`;

async function read(below: string, range?: { from: number; bytes: number }): Promise<Buffer> {
  const Range = range && `bytes=${range.from}-${range.from + range.bytes - 1}`;
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: stack.s3.bucket, Key: CLUSTER + below, Range }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

async function readNamed({ key, sha256: expected, size }: Named): Promise<Buffer> {
  const bytes = await read(key);
  expect([bytes.length, sha256(bytes)]).toEqual([size, expected]);
  return bytes;
}

/** The payload of a signed record, once its signature is proved. */
function payloadOf(record: Buffer, kind: string, publicKey: string): Buffer {
  const raw = Buffer.from(publicKey.replace('ed25519:', ''), 'base64');
  const form = /^\{\n {2}"signatures": (\[.*\]),\n {2}"payload": (".*")\n\}\n$/.exec(record.toString('utf8'));
  const [{ keyId, sig }] = JSON.parse(form?.[1] ?? '[]') as [{ keyId: string; sig: string }];
  const payload = Buffer.from(JSON.parse(form?.[2] ?? '""') as string);
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]);
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  expect(keyId).toBe(sha256(raw).slice(0, 16));
  expect(
    verify(null, Buffer.concat([Buffer.from(`kalpa/${kind}/1\n`), payload]), key, Buffer.from(sig, 'base64')),
  ).toBe(true);
  return payload;
}

/** Files of the tservers by inode: a snapshot's are hard links of theirs. */
function filesByInode(): Map<string, string> {
  const found = new Map<string, string>();
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile()) found.set(String(statSync(path).ino), path);
    }
  };
  for (const { dataDir } of stack.tservers) walk(dataDir);
  return found;
}

it('25.9: a program that knows the page about the format alone reads a backup, byte for byte', async () => {
  const database = await newDatabase(stack, 'read_alone', SMALL);
  await ballast(stack, database, 20_000_000, 1); // larger than a part, so an object of its own
  const client = await temporalClient(stack);
  const { backupId, manifest: committed } = (await (
    await start(client, 'backUpDatabase', { database: `ysql.${database}` })
  ).result()) as BackUpDatabaseResult;
  await client.connection.close();

  const payload = payloadOf(await read(`manifests/${backupId}.json`), 'manifest', stack.signing.publicKeys[0] ?? '');
  expect(sha256(payload)).toBe(committed.sha256);
  const manifest = JSON.parse(payload.toString('utf8')) as Manifest;
  expect(manifest.format).toBe(1);

  const onDisk = filesByInode();
  let [files, bytes, compared, ranges] = [0, 0, 0, 0];
  const tablets = new Set<string>();
  for (const segment of manifest.segments) {
    const text = gunzipSync(await readNamed(segment)).toString('utf8');
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    expect(lines).toHaveLength(segment.files);
    expect(lines.reduce((sum, { size }) => sum + size, 0)).toBe(segment.bytes);
    for (const line of lines) {
      const range = line.offset === undefined || line.size === 0 ? undefined : { from: line.offset, bytes: line.size };
      const content = line.size === 0 ? Buffer.alloc(0) : await read(line.object, range);
      expect([content.length, sha256(content)]).toEqual([line.size, line.sha256]);
      if (!/-\d+$/.test(line.crc32)) expect(line.crc32).toBe(crc32Text(content));
      const there = onDisk.get(line.inode);
      if (there !== undefined && readFileSync(there).equals(content)) compared += 1;
      files += 1;
      bytes += content.length;
      ranges += range ? 1 : 0;
      tablets.add(line.tablet);
    }
  }
  expect({ files, bytes, tablets: tablets.size }).toEqual({
    files: manifest.totals.files,
    bytes: manifest.totals.bytes,
    tablets: manifest.totals.tablets,
  });
  expect(compared).toBeGreaterThan(0);
  expect(ranges).toBeGreaterThan(0);
  expect(ranges).toBeLessThan(files);

  const schema = manifest.artefacts.find(({ kind }) => kind === 'schema');
  const text = gunzipSync(await readNamed(schema as Named));
  expect(text.length).toBe(schema?.contentBytes);
  expect(text.toString('utf8')).toContain('CREATE TABLE');
}, 120_000);
