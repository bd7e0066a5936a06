import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { tabletDir, type TabletPlace } from '../paths';

/** Number of SST files of a live replica and the bytes of all its files. */
export async function sizesOf(place: TabletPlace): Promise<{ files: number; bytes: number }> {
  const names = await readdir(tabletDir(place)).catch(() => []);
  const sizes = await Promise.all(
    names.map(async (name) => (await stat(join(tabletDir(place), name)).catch(() => undefined))?.size ?? 0),
  );
  return {
    files: names.filter((name) => name.endsWith('.sst')).length,
    bytes: sizes.reduce((sum, bytes) => sum + bytes, 0),
  };
}
