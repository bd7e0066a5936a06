import { probeStore, probeStoreLightly, registerCluster } from '../../src/repository';
import { openStore, type BucketTraits, type ObjectStore } from '../../src/transfer';
import { startFaultStore, type FaultStoreOptions } from '../suites/fault-store';
import { startSeaweedfs } from '../suites/seaweedfs';

it('finds SeaweedFS safe, and leaves nothing behind', async () => {
  const seaweedfs = await startSeaweedfs();
  const store = openStore(seaweedfs.config('probed'));
  try {
    expect(await probeStore(store)).toEqual({
      safe: true,
      findings: [],
      traits: { versioned: false, objectLock: false },
    });
    const left = [];
    for await (const object of store.list('')) left.push(object.key);
    expect(left).toEqual([]);
    await registerCluster({ store, cluster: 'demo' }, 'u');
    expect(await probeStoreLightly(store)).toMatchObject({ safe: true, findings: [] });
  } finally {
    store.close();
    await seaweedfs.stop();
  }
});

describe('a store that', () => {
  async function probed(options: FaultStoreOptions, change: (store: ObjectStore) => ObjectStore = (store) => store) {
    const faults = await startFaultStore(options);
    const store = openStore(faults.config);
    try {
      return {
        full: await probeStore(change(store)),
        light: await probeStoreLightly(change(store)).catch(() => undefined),
      };
    } finally {
      store.close();
      await faults.stop();
    }
  }

  it('keeps its promises is safe', async () => {
    expect((await probed({})).full.safe).toBe(true);
  });

  it('ignores create-if-absent is not safe', async () => {
    const { full } = await probed({ conditionalCreate: false });
    expect(full.safe).toBe(false);
    expect(full.findings.join('\n')).toMatch(/ignores create-if-absent \(If-None-Match\)/);
    expect(full.findings.join('\n')).toMatch(/when a multipart upload is completed/);
  });

  it('holds no repository yet gets the full probe every day, and none by it', async () => {
    const faults = await startFaultStore();
    const store = openStore(faults.config);
    expect((await probeStoreLightly(store)).safe).toBe(true);
    expect(faults.requests.some(({ key }) => key.endsWith('-parts'))).toBe(true);
    expect(faults.requests.filter(({ method }) => method === 'PUT').every(({ key }) => key.startsWith('probe/'))).toBe(
      true,
    );
    store.close();
    await faults.stop();
  });

  it('ignores create-if-absent does not lose its kalpa.json to the daily probe', async () => {
    const faults = await startFaultStore({ conditionalCreate: false });
    const store = openStore(faults.config);
    await registerCluster({ store, cluster: 'demo' }, 'u');
    const before = faults.objects.get('kalpa.json');
    expect((await probeStoreLightly(store)).safe).toBe(false);
    expect(faults.objects.get('kalpa.json')?.equals(before ?? Buffer.alloc(0))).toBe(true);
    store.close();
    await faults.stop();
  });

  it('accepts wrong checksums is not safe, and the daily probe sees it too', async () => {
    const { full, light } = await probed({ checksums: false });
    expect(full.findings[0]).toMatch(/accepts bytes with a wrong checksum/);
    expect(light?.safe).toBe(false);
  });

  it('expires our objects, or has another clock, is safe but reported', async () => {
    const traits: BucketTraits = {
      versioned: true,
      objectLock: true,
      expirations: [
        { id: 'old', prefix: '', filtered: false },
        { id: 'work', prefix: 'clusters/demo/work/', filtered: false },
      ],
    };
    const change = (store: ObjectStore): ObjectStore =>
      new Proxy(store, {
        get: (target, name) => {
          if (name === 'traits') return () => Promise.resolve(traits);
          if (name === 'serverTime') return () => Promise.resolve(new Date(Date.now() + 600_000));
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      });
    const { full } = await probed({}, change);
    expect(full).toMatchObject({ safe: true, traits: { versioned: true, objectLock: true } });
    expect(full.findings.filter((finding) => finding.includes('lifecycle rule'))).toEqual([
      expect.stringContaining('"old" expires objects below ""'),
    ]);
    expect(full.findings.join()).toMatch(/differ by (599|600) s/);
  });
});
