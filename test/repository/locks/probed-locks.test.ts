import { PutObjectLockConfigurationCommand, S3Client } from '@aws-sdk/client-s3';
import { checkStore } from '../../../src/activities/control/preflight/check-store';
import { Checks } from '../../../src/activities/control/preflight/checks';
import { storeCheck } from '../../../src/cli/doctor/store-checks';
import { layout, openRepository, probeStore, registerCluster } from '../../../src/repository';
import { openStore, type ObjectStore, type S3Config } from '../../../src/transfer';
import { makeLockedBucket } from '../../suites/locked-bucket';
import { startMinistack } from '../../suites/ministack';
import type { S3Server } from '../../suites/s3-server';
import { startSeaweedfs } from '../../suites/seaweedfs';

const LOCK = { mode: 'governance', days: 30 } as const;
let seaweedfs: S3Server;
beforeAll(async () => {
  seaweedfs = await startSeaweedfs();
});
afterAll(async () => {
  await seaweedfs.stop();
});

async function on<T>(config: S3Config, use: (store: ReturnType<typeof openStore>) => Promise<T>): Promise<T> {
  const store = openStore(config);
  try {
    return await use(store);
  } finally {
    store.close();
  }
}

async function lockByDefault({ bucket, region, endpoint = '', credentials }: S3Config, Days: number): Promise<void> {
  const client = new S3Client({ region, endpoint, forcePathStyle: true, ...(credentials ? { credentials } : {}) });
  await client.send(
    new PutObjectLockConfigurationCommand({
      Bucket: bucket,
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days } },
      },
    }),
  );
  client.destroy();
}

describe('26.7: the probe where objects are to be locked', () => {
  it('finds that SeaweedFS keeps locks, and leaves no version behind', async () => {
    await on(await makeLockedBucket(seaweedfs, 'p', 'kalpa-probed'), async (store) => {
      const probed = await probeStore(store, LOCK);
      expect(probed).toEqual({ safe: true, findings: [], traits: { versioned: true, objectLock: true } });
      const left = [];
      for await (const one of store.listVersions('')) left.push(one);
      expect(left).toEqual([]);
    });
  });

  it('refuses a store that drops the lock of what is made of parts', async () => {
    const ministack = await startMinistack();
    try {
      await on(await makeLockedBucket(ministack, 'p'), async (store) => {
        const { safe, findings } = await probeStore(store, LOCK);
        expect(safe).toBe(false);
        expect(findings).toEqual([
          expect.stringContaining('accepts the lock of what is made of parts, but does not keep it'),
        ]);
      });
    } finally {
      await ministack.stop();
    }
  });

  it('refuses a bucket without object lock: preflight and doctor say what to do, allowUnsafeStore or not', async () => {
    await on(seaweedfs.config('none'), async (store) => {
      const config = { repository: { objectLock: LOCK, allowUnsafeStore: true } };
      const checks = new Checks({ store, config, locksTried: {} } as never, {
        ...{ patienceMs: 5_000, deadlineMs: 60_000, signal: new AbortController().signal },
      });
      await checkStore(checks);
      expect(checks.findings.list).toEqual([
        { type: 'PreflightFailed', message: expect.stringMatching(/has no object lock.*Turn it on/) as string },
      ]);
      const lines = await storeCheck(store.location, () => probeStore(store, LOCK), true);
      expect(lines.map(({ status }) => status)).toEqual(['problem']);
      for await (const { key } of store.list(layout.probe)) throw new Error(`${key} was left`);
    });
  });

  it('preflight tests locks once per process, later checks without leaving anything, and finds no problem either time', async () => {
    await on(await makeLockedBucket(seaweedfs, 'p', 'kalpa-preflights'), async (store) => {
      await registerCluster(openRepository({ store, cluster: 'demo' }), 'u');
      const locked: string[] = [];
      const watched: ObjectStore = {
        ...store,
        create: async (key, body, options) => {
          if (options?.lock !== undefined) locked.push(key);
          return await store.create(key, body, options);
        },
      };
      const tried: number[] = [];
      const [one, another] = [{}, {}];
      for (const locksTried of [one, one, another]) {
        locked.length = 0;
        const config = { repository: { objectLock: LOCK } };
        const checks = new Checks({ store: watched, config, locksTried } as never, {
          ...{ patienceMs: 5_000, deadlineMs: 60_000, signal: new AbortController().signal },
        });
        expect(await checkStore(checks)).toBe(true);
        expect(checks.findings).toMatchObject({ list: [], warnings: [] });
        tried.push(locked.length);
      }
      expect(tried).toEqual([expect.any(Number), 0, tried[0]]);
      expect(tried[0]).toBeGreaterThan(0);
    });
  });

  it('reports of a bucket with object lock that is not made use of', async () => {
    await on(await makeLockedBucket(seaweedfs, 'p', 'kalpa-unused'), async (store) => {
      const { safe, findings } = await probeStore(store);
      expect(safe).toBe(true);
      expect(findings).toEqual([expect.stringContaining('repository.objectLock is not set, so whoever may delete')]);
    });
  });

  it('reports of a bucket that locks by itself, where Kalpa does not and where it does for longer', async () => {
    const config = await makeLockedBucket(seaweedfs, 'p', 'kalpa-default');
    await lockByDefault(config, 7);
    await on(config, async (store) => {
      expect((await store.traits()).defaultRetention).toEqual({ mode: 'governance', days: 7 });
      const unset = await probeStore(store);
      expect(unset.findings).toContainEqual(expect.stringContaining('locks every object for 7 days by itself'));
      const longer = await probeStore(store, LOCK);
      expect(longer).toMatchObject({
        safe: true,
        findings: [expect.stringContaining('for 7 days, repository.objectLock for 30')],
      });
      expect((await probeStore(store, { ...LOCK, days: 7 })).findings).toEqual([]);
    });
  });
});
