import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, PutBucketVersioningCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createTransferEngine, listFiles, openStore, TransferLimits, type S3Config } from '../../src/transfer';
import { startSeaweedfs, type Seaweedfs } from '../suites/seaweedfs';
import { temporaryFolder, writeFiles } from '../suites/temporary-folder';

const MIB = 1024 * 1024;
let seaweedfs: Seaweedfs;
let config: S3Config;
let client: S3Client;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  seaweedfs = await startSeaweedfs();
  folder = await temporaryFolder();
  config = { ...seaweedfs.config('v'), bucket: 'kalpa-versioned' };
  const { region, endpoint = '', credentials } = config;
  client = new S3Client({ region, endpoint, forcePathStyle: true, ...(credentials ? { credentials } : {}) });
  await client.send(new CreateBucketCommand({ Bucket: config.bucket }));
  const enabled = { Status: 'Enabled' } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket: config.bucket, VersioningConfiguration: enabled }));
});
afterAll(async () => {
  client.destroy();
  await folder.remove();
  await seaweedfs.stop();
});

it("gives back the recorded version, though someone else's plain put hides it", async () => {
  const store = openStore(config);
  try {
    expect((await store.traits()).versioned).toBe(true);
    const files = { small: randomBytes(10), single: randomBytes(2 * MIB), large: randomBytes(17 * MIB) };
    const directory = join(folder.path, 'source');
    await writeFiles(directory, files);
    const engine = createTransferEngine();
    const limits = new TransferLimits();
    const uploaded = await engine.uploadReplica({
      store,
      directory,
      files: await listFiles(directory),
      keys: { data: (path) => `data/${path}`, pack: (n) => `packs/${n}` },
      limits,
    });
    for (const { object, versionId } of uploaded) {
      expect(versionId).toBeDefined();
      await client.send(new PutObjectCommand({ Bucket: config.bucket, Key: `v/${object}`, Body: 'other bytes' }));
    }
    const target = join(folder.path, 'target');
    await engine.downloadFiles({ store, files: uploaded, into: target, limits });
    for (const [path, content] of Object.entries(files)) {
      expect((await readFile(join(target, path))).equals(content)).toBe(true);
    }
  } finally {
    store.close();
  }
});
