import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeScratchFolder, removeAbandonedScratch } from '../../../src/yugabyte';

let own: string;

beforeEach(() => {
  own = mkdtempSync(join(tmpdir(), 'scratch-test-'));
});
afterEach(() => {
  rmSync(own, { recursive: true });
});

it('only this user may look into a scratch folder', async () => {
  const folder = await makeScratchFolder(own);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(dirname(folder)).mode & 0o777).toBe(0o700);
});

it('36: what a killed process left is removed, what a living one uses is not', async () => {
  const shared = dirname(await makeScratchFolder(own));
  const { pid: dead } = spawnSync('true');
  const [left, used] = [join(shared, `${dead}-Ab12Cd`), join(shared, `${process.ppid}-Ab12Cd`)];
  for (const folder of [left, used]) await mkdir(join(folder, 'inside'), { recursive: true });
  // This process has not begun in the eyes of the sweep: folders of its number are of an earlier life.
  expect(await removeAbandonedScratch(own)).toContain(left);
  expect(existsSync(left)).toBe(false);
  expect(readdirSync(shared)).toEqual([`${process.ppid}-Ab12Cd`]);
  expect(await removeAbandonedScratch(own)).toEqual([]);
});

it('nothing is put into a folder that is a link to somewhere else', async () => {
  symlinkSync(process.cwd(), join(own, `kalpa-${process.getuid?.() ?? 0}`));
  await expect(makeScratchFolder(own)).rejects.toThrow(/belongs to another user.*set TMPDIR/);
});
