import { openBucket } from '../../../src/cli/core/open-bucket';
import type { ProbedBucket } from '../../../src/cli/core/open-bucket';
import { openStore } from '../../../src/transfer';
import { parseConfig, type ResolvedConfig } from '../../../src/config';
import { startFaultStore, type FaultStore } from '../../suites/fault-store';
import { startRclone } from '../../suites/rclone';
import type { S3Server } from '../../suites/s3-server';
import { startSeaweedfs } from '../../suites/seaweedfs';
import { fakeClient, findings, goodCluster, toolsFolder, type Finding } from './doctor-world';

const MINUTE_MS = 60_000;
const tools = toolsFolder();
afterAll(tools.remove);

/** Everything except the date is passed on unchanged. */
const TIMERS = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'requestAnimationFrame',
  'cancelAnimationFrame',
  'requestIdleCallback',
  'cancelIdleCallback',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;

/** What is found with a real bucket in front of an otherwise healthy world. */
async function found(
  { bucket, endpoint = '', region, credentials }: ReturnType<S3Server['config']>,
  now?: () => Date,
): Promise<{ code: number; found: Finding[] }> {
  const repository = { url: `s3://${bucket}/doctor`, endpoint, region };
  const config = parseConfig(
    JSON.stringify({
      cluster: 'demo',
      masters: ['127.0.0.1:7100'],
      tools: tools.path,
      ysql: { host: '127.0.0.1' },
      repository,
      signing: { publicKeys: [`ed25519:${'A'.repeat(43)}=`] },
    }),
    'kalpa.yaml',
  );
  const resolved: ResolvedConfig = {
    config,
    source: { kind: 'option', file: 'kalpa.yaml' },
    stack: {
      temporal: { address: '127.0.0.1:7233', namespace: 'default' },
      s3: credentials ?? { accessKeyId: '', secretAccessKey: '' },
      config: 'x',
      processes: [],
    },
  };
  return await findings(
    {
      loadConfig: () => resolved,
      connect: async () => await Promise.resolve(fakeClient()),
      openCluster: () => goodCluster,
      openBucket: (): ProbedBucket => openBucket(resolved),
    },
    { now: now ?? (() => new Date()) },
  );
}

describe('kalpa doctor before SeaweedFS, for a kalpa.yaml with', () => {
  let seaweedfs: S3Server;
  beforeAll(async () => {
    seaweedfs = await startSeaweedfs();
  });
  afterAll(async () => {
    await seaweedfs.stop();
  });

  it('no mistake: nothing', async () => {
    expect(await found(seaweedfs.config(''))).toEqual({ code: 0, found: [] });
  });

  it('a bucket that does not exist: to create it', async () => {
    const { found: all } = await found({ ...seaweedfs.config(''), bucket: 'no-such-bucket' });
    expect(all).toContainEqual({
      area: 'store',
      status: 'problem',
      message: expect.stringContaining('NoSuchBucket') as string,
      cure: 'create the bucket, or correct repository.url in kalpa.yaml',
    });
  });

  it('a wrong secret key: which keys to give, and not the wrong one', async () => {
    const credentials = { accessKeyId: 'kalpa', secretAccessKey: 'not-the-secret' };
    const { found: all } = await found({ ...seaweedfs.config(''), credentials });
    expect(all).toContainEqual({
      area: 'store',
      status: 'problem',
      message: expect.stringContaining('SignatureDoesNotMatch') as string,
      cure: expect.stringMatching(/^set the credentials of this store: AWS_ACCESS_KEY_ID/) as string,
    });
    expect(JSON.stringify(all)).not.toContain('not-the-secret');
  });

  it('an endpoint where nothing answers: repository.endpoint', async () => {
    const { found: all } = await found({ ...seaweedfs.config(''), endpoint: 'http://127.0.0.1:1' });
    expect(all).toContainEqual({
      area: 'store',
      status: 'problem',
      message: expect.stringContaining('ECONNREFUSED') as string,
      cure: expect.stringMatching(/^correct repository.endpoint in kalpa.yaml/) as string,
    });
  });

  it.each([-20, 20])(
    'a clock that is %i minutes off, for which the store refuses it: by how much, and NTP',
    async (by) => {
      jest.useFakeTimers({ now: Date.now() + by * MINUTE_MS, doNotFake: [...TIMERS] });
      try {
        const { code, found: all } = await found(seaweedfs.config(''), () => new Date());
        expect(code).toBe(1);
        expect(all).toContainEqual({
          area: 'store',
          status: 'problem',
          message: expect.stringContaining('RequestTimeTooSkewed') as string,
          cure: 'set the clock of this machine by NTP (chronyd, systemd-timesyncd)',
        });
        expect(all).toContainEqual({
          area: 'clocks',
          status: 'problem',
          message: expect.stringMatching(
            /^this machine and the store are 1(199|200|201|202|203) s apart; S3 refuses signatures beyond 15 minutes$/,
          ) as string,
          cure: 'set the clock of this machine by NTP (chronyd, systemd-timesyncd)',
        });
      } finally {
        jest.useRealTimers();
      }
    },
  );

  it('a clock that is a minute off: a warning', async () => {
    jest.useFakeTimers({ now: Date.now() + MINUTE_MS, doNotFake: [...TIMERS] });
    try {
      const { code, found: all } = await found(seaweedfs.config(''), () => new Date());
      expect(code).toBe(0);
      expect(all).toContainEqual(expect.objectContaining({ area: 'clocks', status: 'warning' }));
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('kalpa doctor before a bucket in another region', () => {
  let faults: FaultStore;
  beforeAll(async () => {
    faults = await startFaultStore();
  });
  afterAll(async () => {
    await faults.stop();
  });

  // As AWS answers: 301 where another region's endpoint is asked, 400 where the signature names another region.
  it.each([
    [301, 'PermanentRedirect'],
    [400, 'AuthorizationHeaderMalformed'],
  ])('names the region that S3 tells with %i %s', async (status, code) => {
    faults.fault = () => ({ status, code, headers: { 'x-amz-bucket-region': 'eu-central-1' } });
    const { found: all } = await found(faults.config);
    expect(all).toContainEqual({
      area: 'store',
      status: 'problem',
      message: expect.stringContaining('The bucket is in region eu-central-1: set repository.region') as string,
      cure: 'set repository.region: eu-central-1 in kalpa.yaml',
    });
  });

  it('does not take it for a store that is unavailable, which would be asked again', async () => {
    faults.fault = () => ({ status: 301, code: 'PermanentRedirect' });
    const store = openStore(faults.config);
    await expect(store.head('x')).rejects.toMatchObject({ kind: 'invalid' });
    store.close();
  });
});

it('kalpa doctor before rclone serve s3: each broken promise is a problem, and the cure is another store', async () => {
  const rclone = await startRclone();
  try {
    const { code, found: all } = await found(rclone.config(''));
    expect(code).toBe(1);
    expect(all.map(({ area, status, cure }) => ({ area, status, cure }))).toEqual(
      Array.from({ length: 3 }, () => ({
        area: 'store',
        status: 'problem',
        cure: 'use another store or a newer version of it',
      })),
    );
  } finally {
    await rclone.stop();
  }
});
