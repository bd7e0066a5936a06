import { gunzipSync } from 'node:zlib';
import { listDumps, openRepository, readDump, type DumpEntry } from '../../../src/repository';
import type { StackJson } from '../../../stack/stack-json';
import { openStackStore } from './stack-store';

/** What the bucket lists of a cluster's dumps of a database (or of `ysql`); `text` reads all of a committed one. */
export async function dumpsOf(
  { s3 }: StackJson,
  subject: string,
  cluster = 'demo',
): Promise<(DumpEntry & { text: () => Promise<string> })[]> {
  const open = () => openStackStore({ s3 });
  const store = open();
  try {
    const dumps = await listDumps(openRepository({ store, cluster }), { subject });
    return dumps.map((dump) => ({ ...dump, text: async () => await textOf(open(), cluster, dump.dumpId) }));
  } finally {
    store.close();
  }
}

async function textOf(store: ReturnType<typeof openStackStore>, cluster: string, dumpId: string): Promise<string> {
  try {
    const { manifest } = await readDump({ store, cluster }, dumpId);
    const texts: string[] = [];
    for (const { files } of manifest.parts)
      texts.push(
        gunzipSync(Buffer.concat(await Promise.all(files.map(async ({ key }) => await store.read(key))))).toString(),
      );
    return texts.join('\n');
  } finally {
    store.close();
  }
}
