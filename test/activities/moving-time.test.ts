import type { ActivityOptions } from '@temporalio/common';
import { intoBatches } from '../../src/activities/control/copies/batches';
import { hoursOfABackup } from '../../src/activities/control/snapshot/create-snapshot';
import { timingInMs, timingSchema } from '../../src/contract';
import * as policies from '../../src/workflows/run/policies';

jest.mock('@temporalio/workflow', () => ({
  proxyActivities: (options: object) => options,
  proxyLocalActivities: (options: object) => options,
}));

const timing = timingInMs(timingSchema.parse({}));
const settings = { cluster: 'demo', timing, searchAttributes: [] };
const node = { uuid: 'u', address: 'n1:9100' };
const GIB = 1024 ** 3;
const TIB = 1024 ** 4;
/** As in the node worker. */
const BATCHES_AT_ONCE = 4;

/** Files of a node: so many TiB in tablets of so many GiB. */
const tabletsOf = (tib: number, gib: number): { files: number; bytes: number }[] =>
  Array.from({ length: Math.ceil((tib * 1024) / gib) }, () => ({ files: 40, bytes: gib * GIB }));

const attemptOf = (options: unknown): number => Number((options as ActivityOptions).startToCloseTimeout);

describe('27.5: what one activity moves fits its time-out, with the timings of production', () => {
  /** Bytes per second that a node has, and whether the run was given it as its limit (else its worker was). */
  const bandwidths = [
    { bandwidth: 1_000_000, limited: false },
    { bandwidth: 6_000_000, limited: false },
    { bandwidth: 50_000_000, limited: false },
    { bandwidth: 6_000_000, limited: true },
    { bandwidth: 200_000, limited: true },
    { bandwidth: 20_000, limited: true },
  ];
  const sizes = [
    { tib: 0.01, gib: 0.1 },
    { tib: 1, gib: 2 },
    { tib: 1, gib: 100 },
    { tib: 4, gib: 10 },
    { tib: 20, gib: 1024 },
  ];
  const cases = sizes.flatMap((size) =>
    [1, 3, 30, 100].flatMap((nodes) => bandwidths.map((one) => ({ ...size, ...one, nodes }))),
  );

  it.each(cases)(
    '$tib TiB of a node in tablets of $gib GiB, $nodes nodes, $bandwidth bytes/s (limit of the run: $limited)',
    ({ tib, gib, nodes, bandwidth, limited }) => {
      for (const batch of intoBatches(tabletsOf(tib, gib), nodes)) {
        const bytes = batch.reduce((sum, tablet) => sum + tablet.bytes, 0);
        // Batches of other runs may move at the same time, and share what the node has.
        const takesMs = (bytes / (bandwidth / BATCHES_AT_ONCE)) * 1000;
        const moved = { bytes, ...(limited ? { bytesPerSecond: bandwidth } : {}) };
        const copying = attemptOf(policies.onNode(settings, node, '', { priorityKey: 1, ...moved }));
        expect(copying).toBeGreaterThan(Math.min(takesMs, 364 * 24 * 3_600_000));
        expect(attemptOf(policies.streaming(settings, '', moved))).toBeGreaterThanOrEqual(copying);
      }
    },
  );

  it('little work has no less time than before, and no work has centuries', () => {
    const moving = (moved: { bytes: number; bytesPerSecond?: number }): number =>
      attemptOf(policies.onNode(settings, node, '', { priorityKey: 1, ...moved }));
    expect(moving({ bytes: 0 })).toBe(timing.copyTimeout);
    expect(moving({ bytes: 0, bytesPerSecond: 0 })).toBe(timing.copyTimeout);
    expect(moving({ bytes: TIB, bytesPerSecond: 10 ** 12 })).toBe(moving({ bytes: TIB }));
    expect(moving({ bytes: 100 * TIB, bytesPerSecond: 1 })).toBe(365 * 24 * 3_600_000);
  });

  it('a snapshot that the cluster deletes by itself outlives the longest backup', () => {
    expect(hoursOfABackup(timing) * 3_600_000).toBeGreaterThan(timing.maxRunTime + timing.snapshotLifeMargin);
    // 1 TiB of a node at 6 MB/s.
    expect((TIB / 6_000_000) * 1000).toBeLessThan(timing.maxRunTime);
  });
});
