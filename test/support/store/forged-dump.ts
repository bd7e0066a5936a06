import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  commitDump,
  openRepository,
  readDump,
  trustOf,
  writeDumpPart,
  type DumpPartRef,
} from '../../../src/repository';
import { sha256Of } from '../../../src/transfer';
import type { StackJson } from '../../../stack/stack-json';
import { openStackStore } from './stack-store';

/** Writes a dump that was never made, signed: a copy of an honest one with another text. Returns its id. */
export async function forgeDump(
  { s3, signing }: StackJson,
  honest: string,
  change: (text: string) => string,
  cluster = 'demo',
): Promise<string> {
  const store = openStackStore({ s3 });
  try {
    const trust = trustOf({
      publicKeys: signing.publicKeys,
      privateKey: readFileSync(signing.privateKeyFile, 'utf8'),
    });
    const repository = openRepository({ store, cluster, trust });
    const { manifest } = await readDump(repository, honest);
    const { parts, totals: _totals, ...header } = manifest;
    const dumpId = honest.replace(/[0-9a-f]{6}$/, '0f0f0f');
    const refs: DumpPartRef[] = [];
    for (const part of parts) {
      const read = await Promise.all(part.files.map(async ({ key }) => await store.read(key)));
      const text = change(gunzipSync(Buffer.concat(read)).toString());
      const bytes = gzipSync(text);
      const [first] = part.files;
      if (!first) throw new Error(`${honest} has a part without a file.`);
      const key = first.key.replaceAll(honest, dumpId);
      const { etag } = await store.create(key, bytes);
      const files = [{ ...first, key, size: bytes.length, sha256: sha256Of(bytes), etag }];
      refs.push(await writeDumpPart(repository, dumpId, { ...part, textBytes: Buffer.byteLength(text), files }));
    }
    await commitDump(repository, { ...header, dumpId }, refs);
    return dumpId;
  } finally {
    store.close();
  }
}
