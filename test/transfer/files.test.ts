import { link, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile, listFiles, PathRefused, resolveInside, sha256Of } from '../../src/transfer';
import { temporaryFolder, writeFiles } from '../suites/temporary-folder';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => folder.remove());

it('lists files recursively, sorted by code units', async () => {
  await writeFiles(folder.path, { 'b/c': '1', 'b-c': '22', Z: '', 'intents/CURRENT': 'x' });
  await mkdir(join(folder.path, 'empty'));
  const files = await listFiles(folder.path);
  expect(files.map(({ path, size }) => [path, size])).toEqual([
    ['Z', 0],
    ['b-c', 2],
    ['b/c', 1],
    ['intents/CURRENT', 1],
  ]);
  for (const file of files)
    expect(file).toMatchObject({
      mtimeNs: expect.stringMatching(/^\d{19}$/) as string,
      inode: expect.stringMatching(/^\d+$/) as string,
    });
});

it('does not see a new hard link as a change', async () => {
  await writeFiles(folder.path, { a: 'content' });
  const before = await listFiles(folder.path);
  await link(join(folder.path, 'a'), join(folder.path, 'z'));
  expect((await listFiles(folder.path))[0]).toEqual(before[0]);
});

it('hashes what stands on disk', async () => {
  await writeFiles(folder.path, { a: 'x'.repeat(3_000_000) });
  expect(await hashFile(join(folder.path, 'a'), folder.path)).toEqual({
    sha256: sha256Of('x'.repeat(3_000_000)),
    size: 3_000_000,
  });
});

it.each(['../x', '/etc/passwd', 'a/../../x', '', 'a\0b', '.'])('refuses the recorded path %j', (path) => {
  expect(() => resolveInside('/data', path)).toThrow(PathRefused);
});

it('resolves ordinary recorded paths', () => {
  expect(resolveInside('/data', 'intents/CURRENT')).toBe('/data/intents/CURRENT');
});
