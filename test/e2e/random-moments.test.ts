import { onCluster } from '../support/cluster/fault-cluster';
import { Ledger, upTo } from '../support/ledger';
import { dialects } from '../support/matrix';

/** Printed with every failure; `KALPA_TEST_SEED` runs the same moments again. */
const SEED = Number(process.env['KALPA_TEST_SEED'] ?? 20261123);
const COMMITS = 60;
/**
 * Fifty by each way; the other dialect and API differ in what is asked of the cluster, not in how a moment is found.
 */
const moments = (dialect: string, api: string): number => (dialect === '2025.1' && api === 'ysql' ? 50 : 6);

/** 2.6 can't clone: there a copy goes through the bucket by itself. */
type Way = 'rewind' | 'clone' | 'bucket';
const cases = dialects().flatMap((dialect) =>
  (['ycql', 'ysql'] as const).flatMap((api) =>
    (['bucket', 'rewind', 'clone'] as const).map((way): ['2.6' | '2025.1', 'ysql' | 'ycql', Way] => [
      dialect,
      api,
      way,
    ]),
  ),
);

/** Between commits, different ones, in no order. */
function chosen(seed: number, count: number): number[] {
  let state = seed >>> 0;
  const next = (): number => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return upTo(COMMITS - 1)
    .map((n) => ({ n, key: next() }))
    .sort((a, b) => a.key - b.key)
    .slice(0, count)
    .map(({ n }) => n);
}

it.concurrent.each(cases)(
  `random moments (seed ${SEED}), dialect %s, %s, by %s: exactly the commits before the moment`,
  async (dialect, api, way) => {
    await onCluster({ dialect }, async (cluster) => {
      const ledger = await Ledger.on(cluster, api);
      await ledger.write(1, COMMITS);
      const { database } = ledger;
      if (way === 'bucket') await cluster.backUp(database, { fingerprint: 'none' });
      // A rewind takes what came after it away, so the newest moment comes first.
      const numbers = chosen(SEED, moments(dialect, api));
      for (const n of way === 'rewind' ? numbers.sort((a, b) => b - a) : numbers) {
        const [to, as] = [ledger.behind(n), `at_${n}`];
        const copy = `${api}.${as}`;
        if (way === 'rewind') await ledger.rewind(to);
        else if (way === 'clone') await ledger.recover({ to, as });
        else await (await cluster.start('restoreDatabase', { backup: { database }, to, as })).result();
        expect([n, await ledger.numbers(way === 'rewind' ? database : copy)]).toEqual([n, upTo(n)]);
        if (way === 'rewind') continue;
        expect(await ledger.numbers()).toEqual(upTo(COMMITS));
        await ledger.drop(copy);
      }
      await ledger.disable();
    });
  },
  900_000,
);
