import { checkStore } from '../../../src/activities/control/preflight/check-store';
import type { ControlDependencies } from '../../../src/activities/control/dependencies';
import { Checks } from '../../../src/activities/control/preflight/checks';
import type { Findings } from '../../../src/activities/control/preflight/findings';
import { startMinistack } from '../../suites/ministack';
import { openServer } from '../../suites/open-server';
import { startRclone } from '../../suites/rclone';
import type { S3Server } from '../../suites/s3-server';

/** What preflight of a backup and of a restore finds out about a store. */
async function checked(start: () => Promise<S3Server>, allowUnsafeStore?: boolean): Promise<Findings> {
  const { store, close } = await openServer(start);
  const config = { repository: { allowUnsafeStore } } as ControlDependencies['config'];
  try {
    const waiting = { patienceMs: 5_000, deadlineMs: 60_000, signal: new AbortController().signal };
    const checks = new Checks({ store, config, locksTried: {} } as unknown as ControlDependencies, waiting);
    expect(await checkStore(checks)).toBe(true);
    return checks.findings;
  } finally {
    await close();
  }
}

it('preflight refuses rclone serve s3 with StoreUnsafe', async () => {
  const { list, warnings } = await checked(async () => await startRclone());
  expect(list).toEqual([
    {
      type: 'StoreUnsafe',
      message: expect.stringMatching(/^The store s3:\S+ is not safe for backups: .*Use another store/) as string,
      findings: expect.arrayContaining([expect.stringContaining('If-None-Match') as string]) as string[],
    },
  ]);
  expect(warnings).toEqual([]);
});

it('preflight accepts rclone serve s3 with a warning if allowUnsafeStore is set', async () => {
  const { list, warnings } = await checked(async () => await startRclone(), true);
  expect(list).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining('allowUnsafeStore is set, so this is a warning.') as string]);
});

it('preflight takes a store that keeps its promises', async () => {
  expect(await checked(startMinistack)).toMatchObject({ list: [], warnings: [] });
});
