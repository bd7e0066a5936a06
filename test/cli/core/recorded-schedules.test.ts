import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openScheduleRecords, type OpenScheduleRecords } from '../../../src/cli/core/open-schedule-records';
import type { ResolvedConfig } from '../../../src/config';
import { layout, newSigningKey } from '../../../src/repository';
import { openStore } from '../../../src/transfer';
import { startSeaweedfs, type Seaweedfs } from '../../suites/seaweedfs';

const DEFINITION = {
  scheduleId: 'nightly',
  operation: 'backUpDatabase' as const,
  input: { database: 'ysql.orders' },
  cron: '0 2 * * *',
};

describe('23.2: schedules of a repository whose records are signed', () => {
  let seaweedfs: Seaweedfs;
  let dir: string;
  const opened: OpenScheduleRecords[] = [];
  const remarks: string[] = [];
  const { pem, publicKey, keyId } = newSigningKey();
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'kalpa-schedules-'));
    writeFileSync(join(dir, 'signing.pem'), pem, { mode: 0o600 });
    seaweedfs = await startSeaweedfs();
  });
  afterAll(async () => {
    for (const records of opened) records.close();
    await seaweedfs.stop();
    rmSync(dir, { recursive: true });
  });

  function open(signing: object | undefined): OpenScheduleRecords {
    const { bucket, region, endpoint, credentials } = seaweedfs.config('signed-schedules');
    const resolved = {
      config: { cluster: 'demo', repository: { url: `s3://${bucket}/signed-schedules`, region, endpoint }, signing },
      stack: { s3: credentials },
    } as unknown as ResolvedConfig;
    const records = openScheduleRecords(resolved, {}, (text) => remarks.push(text));
    opened.push(records);
    return records;
  }

  it('23.2: are recorded with the private key, told with the public one, and an unsigned one is warned of once', async () => {
    await open(undefined).write('forged', { ...DEFINITION, scheduleId: 'forged' });
    const owner = open({ publicKeys: [publicKey], privateKeyFile: join(dir, 'signing.pem') });
    await owner.confirmWritable?.();
    await owner.write('nightly', DEFINITION);
    const reader = open({ publicKeys: [publicKey] });
    for (let n = 0; n < 2; n += 1)
      expect(await reader.newest()).toMatchObject([{ scheduleId: 'nightly', schedule: DEFINITION }]);
    expect(remarks).toEqual([
      expect.stringMatching(/^Records of schedules that don't count: 1. The first: s3:.*schedules.* is not signed/),
    ]);
    expect(() => reader.confirmWritable?.()).toThrow(/this process has no private key/);
    const strange = newSigningKey();
    writeFileSync(join(dir, 'other.pem'), strange.pem, { mode: 0o600 });
    const other = open({ publicKeys: [publicKey], privateKeyFile: join(dir, 'other.pem') });
    expect(() => other.confirmWritable?.()).toThrow(`${strange.keyId}, which signing.publicKeys does not name`);
    await expect(reader.write('nightly', 'removed')).rejects.toThrow(/this process has no private key/);
    expect(await reader.newest()).toHaveLength(1);
    expect((await open(undefined).newest()).map(({ scheduleId }) => scheduleId)).toEqual(['forged', 'nightly']);
    const store = openStore(seaweedfs.config('signed-schedules'));
    const texts: string[] = [];
    for await (const { key } of store.list(layout.schedules('demo'))) texts.push(String(await store.read(key)));
    store.close();
    expect(texts.map((text) => text.includes(keyId))).toEqual([false, true]);
  });
});
