import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { FakedCluster } from '../support/workflows/faked-cluster';

const full = process.env['KALPA_TEST_FULL'] === '1';
/** Runs after which the memory is looked at. */
const LOOKS = full ? [200, 600, 1_000] : [10, 20, 30];
const AT_ONCE = 20;
/** What may be kept of a run: not even its input and result. */
const BYTES_OF_A_RUN = 2_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('27.7: the memory of a worker', () => {
  let cluster: FakedCluster;
  let asInProduction: string | undefined;
  beforeAll(async () => {
    // Otherwise the SDK runs workflows in threads, whose memory can't be seen from here.
    asInProduction = process.env['TEMPORAL_DEBUG'];
    process.env['TEMPORAL_DEBUG'] = '1';
    cluster = await FakedCluster.open();
  }, 60_000);
  afterAll(async () => {
    if (asInProduction === undefined) delete process.env['TEMPORAL_DEBUG'];
    else process.env['TEMPORAL_DEBUG'] = asInProduction;
    await cluster.close();
  });

  let runs = 0;
  async function runUntil(count: number): Promise<void> {
    const one = async (): Promise<void> => {
      while (runs < count) {
        const backup = `ysql.orders_${(runs += 1)}-20261122T020007Z-3fa9c1`;
        await (await cluster.start('holdBackup', { backup, reason: 'audit' })).result();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
    await cluster.until('no run is kept', () => cluster.cachedWorkflows() === 0, 60_000);
  }

  it(
    `is after ${LOOKS.at(-1)} runs what it was after ${LOOKS[0]}`,
    async () => {
      cluster.use();
      const used: number[] = [];
      for (const count of LOOKS) {
        await runUntil(count);
        collectGarbage();
        used.push(process.memoryUsage().heapUsed);
      }
      process.stdout.write(
        `heap after ${LOOKS.join(', ')} runs: ${used.map((bytes) => `${(bytes / 1e6).toFixed(1)} MB`).join(', ')}\n`,
      );
      const [first = 0, ...later] = used;
      for (const [i, bytes] of later.entries())
        expect(bytes - first).toBeLessThan(1_000_000 + BYTES_OF_A_RUN * ((LOOKS[i + 1] ?? 0) - (LOOKS[0] ?? 0)));
    },
    full ? 3_600_000 : 120_000,
  );
});
