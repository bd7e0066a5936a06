import { intoBatches } from '../../src/activities/control/copies/batches';
import { timingInMs, timingSchema } from '../../src/contract';
import { CopyReadSchedule, MAX_READS } from '../../src/workflows/copy/copy-reads';

const HOUR_MS = 3_600_000;
const GIB = 1024 ** 3;
const { progressInterval } = timingInMs(timingSchema.parse({}));

/** Looks at the copies in so many milliseconds, and the longest that the page was not refreshed. */
function looksWithin(totalMs: number): { looks: number; longestMs: number } {
  const reads = new CopyReadSchedule();
  let [elapsed, looks, longestMs] = [0, 0, 0];
  for (let next = reads.next(progressInterval); next !== undefined; next = reads.next(progressInterval)) {
    elapsed += next;
    if (elapsed > totalMs) break;
    looks += 1;
    longestMs = next;
  }
  return { looks, longestMs };
}

describe('22.26: what a backup of 100 TiB from 100 nodes in 48 h costs its history, with the values of production', () => {
  const nodes = 100;
  /** 1 TiB a node: tablets of 2 GiB with 40 files each. */
  const batchesOfNode = intoBatches(
    Array.from({ length: 512 }, () => ({ files: 40, bytes: 2 * GIB })),
    nodes,
  );
  const ref = (name: string) => ({
    key: `clusters/orders-production/work/backup%2Forders-production/${name}.jsonl.gz`,
    sha256: 'f'.repeat(64),
  });
  const batch = { n: 10_000, work: { ...ref('copy-1-10000'), files: 2_000, bytes: 100 * GIB }, tablets: 50 };
  const segment = { ...ref('segment'), size: 1_000_000, files: 2_000, bytes: 100 * GIB };
  const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

  const ACTIVITY = 3;
  const CHILD = 3;
  const TIMER = 2;
  /** Of each event that comes alone; many come together. */
  const TASK = 3;
  const { looks } = looksWithin(48 * HOUR_MS);

  it('its events are fewer than 10,000, its bytes less than 10 MiB', () => {
    // Each node is asked twice whether it is there, lists its replicas, and has its child; each answer wakes the
    // parent.
    const ofNodes = nodes * (3 * (ACTIVITY + TASK) + (CHILD + 2 * TASK));
    const ofLooks = looks * (TIMER + TASK + ACTIVITY + TASK);
    const ofSteps = 100 * (ACTIVITY + TASK);
    expect(ofNodes + ofLooks + ofSteps).toBeLessThan(10_000);

    const plan = jsonBytes(Array.from({ length: nodes }, () => batchesOfNode.map(() => batch)));
    const segments = jsonBytes(Array.from({ length: nodes }, () => batchesOfNode.map(() => segment)));
    const look = jsonBytes(
      Array.from({ length: nodes }, () => ({ node: 'yb-100.internal:9100', filesDone: 20_480, bytesDone: 2 ** 40 })),
    );
    const asked = jsonBytes(
      Array.from({ length: nodes }, () => ({ node: 'yb-100.internal:9100', workflowId: 'x'.repeat(120) })),
    );
    for (const payload of [plan, segments]) expect(payload).toBeLessThan(512 * 1024);
    // The plan comes once and goes to the children, the segments come from them and go to the manifest.
    const events = (ofNodes + ofLooks + ofSteps) * 300;
    expect(2 * plan + 2 * segments + looks * (look + asked) + events).toBeLessThan(10 * 1024 * 1024);
  });

  it('its looks are at most 200 however long it takes, and the page is never older than a twentieth of that', () => {
    expect(looksWithin(48 * HOUR_MS).looks).toBeLessThan(200);
    const aMonth = looksWithin(30 * 24 * HOUR_MS);
    expect(aMonth.looks).toBeLessThanOrEqual(MAX_READS);
    expect(looksWithin(48 * HOUR_MS).longestMs).toBeLessThan((48 * HOUR_MS) / 20);
    expect(looksWithin(60_000).looks).toBeGreaterThanOrEqual(8);
  });

  it("a node's run stays below the events of one history, in as many batches as a node may have", () => {
    const worst = 500 * (ACTIVITY + 2 * TASK);
    expect(worst).toBeLessThan(3 * 2_000); // in runs of at most 2,000, which it continues as
    expect(batchesOfNode.length * (ACTIVITY + 2 * TASK)).toBeLessThan(2_000);
  });

  it('looks that are kept for ends are used up, too', () => {
    const reads = new CopyReadSchedule();
    let taken = 0;
    while (reads.next(1) !== undefined) taken += 1;
    while (reads.last()) taken += 1;
    expect(taken).toBe(MAX_READS);
  });
});
