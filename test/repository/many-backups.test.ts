import { catalogueOf } from '../../src/cli/core/open-catalogue';
import { findNamed } from '../../src/activities/retention/find-named';
import {
  commitManifest,
  detailBackups,
  layout,
  listBackups,
  manifestBytes,
  readManifest,
  trustOf,
  writeIntent,
  writeSummaries,
  type BackupDetails,
  type ClusterStore,
  type ManifestHeader,
} from '../../src/repository';
import { MemoryStore } from '../support/store/memory-store';
import { testKey } from '../security/bucket/forger';
import { idOf, makeBackup } from './retention/kept-backups';

const HOUR = 3_600_000;
const FROM = Date.parse('2026-01-01T00:00:00Z');

/** What is asked of a store in memory: requests, and objects that listings tell of. */
class Counted {
  readonly memory = new MemoryStore();
  requests = 0;
  reads = 0;
  listed = 0;

  of(trust?: ClusterStore['trust']): ClusterStore {
    const store = this.memory.open((operation) => {
      this.requests += 1;
      if (operation.startsWith('read')) this.reads += 1;
    });
    const told = (): void => {
      this.listed += 1;
    };
    const list: typeof store.list = async function* (...asked) {
      for await (const one of store.list(...asked)) {
        told();
        yield one;
      }
    };
    return { store: { ...store, list }, cluster: 'demo', trust };
  }

  async cost(work: () => Promise<unknown>): Promise<{ requests: number; reads: number; listed: number }> {
    const { requests, reads, listed } = this;
    await work();
    return { requests: this.requests - requests, reads: this.reads - reads, listed: this.listed - listed };
  }
}

const idAt = (i: number): string =>
  `ysql.orders-${new Date(FROM + i * HOUR).toISOString().replace(/[-:]|\.\d+/g, '')}-${i.toString(16).padStart(6, '0')}`;

/** One header of which the others are made. */
async function headerOfOne(): Promise<ManifestHeader> {
  const repository = new Counted().of();
  await makeBackup(repository, idOf(1), { own: ['1'] });
  return (await readManifest(repository, idOf(1))).header;
}

/** The same backup under another id. */
function under(header: ManifestHeader, backupId: string, label: string): ManifestHeader {
  const ofThis = <T extends { key: string }>(one: T): T => ({ ...one, key: one.key.replaceAll(idOf(1), backupId) });
  return { ...header, backupId, label, segments: header.segments.map(ofThis) };
}

/** Hourly backups with their protection records. */
async function bucketOf(
  n: number,
  trust?: ClusterStore['trust'],
): Promise<{ bucket: Counted; repository: ClusterStore }> {
  const bucket = new Counted();
  const repository = bucket.of(trust);
  const header = await headerOfOne();
  for (let i = 0; i < n; i += 1) {
    const backupId = idAt(i);
    const run = { workflowId: `w/${backupId}`, firstRunId: backupId, startedBy: 'ana', kalpaVersion: '0.1.0' };
    const startedAt = new Date(FROM + i * HOUR).toISOString();
    await writeIntent(repository, { format: 1, backupId, cluster: 'demo', database: 'ysql.orders', startedAt, ...run });
    await commitManifest(repository, under(header, backupId, `label ${i}`));
  }
  return { bucket, repository };
}

async function detailsOf(repository: ClusterStore): Promise<BackupDetails[]> {
  const rows: BackupDetails[] = [];
  for await (const row of detailBackups(repository, await listBackups(repository))) rows.push(row);
  return rows;
}

describe('26.10: lists of many backups', () => {
  it('read a record for hundreds of them once they are summarized, and show the same', async () => {
    const { bucket, repository } = await bucketOf(510);
    const before = await detailsOf(repository);
    expect(before[7]).toMatchObject({ startedBy: 'ana', label: 'label 7', bytes: 10, state: 'committed' });
    expect(await writeSummaries(repository)).toBe(500);
    expect(await detailsOf(repository)).toEqual(before);
    // The last ten have two records each.
    expect((await bucket.cost(() => detailsOf(repository))).reads).toBe(2 + 20);
    const usage = await bucket.cost(() => catalogueOf(repository, () => undefined).holdings());
    expect(usage.reads).toBe(2 + 10);
    expect(await writeSummaries(repository)).toBe(0);
  });

  it('cost no more for each of many than for each of few', async () => {
    const readsFor = async (n: number): Promise<number> => {
      const { bucket, repository } = await bucketOf(n);
      await writeSummaries(repository);
      return (await bucket.cost(() => detailsOf(repository))).reads / n;
    };
    const [few, many] = [await readsFor(250), await readsFor(1_000)];
    expect(many).toBeLessThanOrEqual(few);
    expect(many).toBeLessThan(0.01);
  });

  it('show a manifest that was replaced since, or whose key is no longer trusted', async () => {
    const [old, present] = [testKey(), testKey()];
    const both = trustOf({ publicKeys: [old.publicKey, present.publicKey], privateKey: old.pem });
    const { bucket } = await bucketOf(250, both);
    await writeSummaries(bucket.of({ ...both, signingKey: present.owner.signingKey }));
    expect((await detailsOf(bucket.of(both))).filter(({ problem }) => problem !== undefined)).toEqual([]);
    bucket.memory.passes(HOUR);
    const forged = { ...under(await headerOfOne(), idAt(3), 'label 3') };
    bucket.memory.put(layout.manifest('demo', idAt(3)), manifestBytes('demo', forged));
    const rows = await detailsOf(bucket.of(both));
    expect(rows.filter(({ signature }) => signature !== undefined).map(({ backupId }) => backupId)).toEqual([idAt(3)]);
    const withoutOld = await detailsOf(bucket.of(trustOf({ publicKeys: [present.publicKey] })));
    expect(new Set(withoutOld.map(({ signature }) => signature))).toEqual(new Set(['unsigned', 'unknown key']));
  });
});

describe('26.10: one backup of many', () => {
  it('is found by its id with as many requests, and as few listed objects, as one of few', async () => {
    const costOf = async (n: number) => {
      const { bucket, repository } = await bucketOf(n);
      const found = async (): Promise<void> => {
        expect(await findNamed(repository, idAt(n - 2))).toMatchObject({ state: 'committed' });
        expect(await listBackups(repository, { backupId: idAt(1) })).toHaveLength(1);
      };
      return await bucket.cost(found);
    };
    expect(await costOf(120)).toEqual(await costOf(30));
  });
});
