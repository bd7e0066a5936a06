import { readFileSync } from 'node:fs';
import type { StackJson } from '../../../stack/stack-json';
import {
  commitManifest,
  openRepository,
  readArtefact,
  readManifest,
  readSegments,
  trustOf,
  writeArtefact,
  writeSegment,
} from '../../../src/repository';
import { openStackStore } from './stack-store';

/**
 * Writes a backup that was never made: a copy of an honest one with another schema, dated so that it is the newest. New
 * objects alone, as whoever may create objects can; signed only where the forger has the key. Returns its id.
 */
export async function forgeNewestBackup(
  { s3, signing }: StackJson,
  honest: string,
  { change, signed, moment }: { change: (schema: string) => string; signed: boolean; moment: string },
  cluster = 'demo',
): Promise<string> {
  const store = openStackStore({ s3 });
  try {
    const { publicKeys, privateKeyFile } = signing;
    const trust = trustOf({ publicKeys, privateKey: readFileSync(privateKeyFile, 'utf8') });
    const repository = openRepository({ store, cluster, trust });
    const { header } = await readManifest(repository, honest);
    const backupId = honest.replace(/-\d{8}T\d{6}Z-[0-9a-f]{6}$/, `-${moment.replace(/[-:]|\.\d+/g, '')}-0f0f0f`);
    const schema = header.artefacts.find(({ kind }) => kind === 'schema');
    if (!schema) throw new Error(`${honest} has no schema.`);
    const content = change(String(await readArtefact(repository, schema)));
    const forged = await writeArtefact(repository, {
      backupId,
      snapshotId: header.snapshotId,
      kind: 'schema',
      content,
    });
    const segments = [];
    for await (const lines of readSegments(repository, header.segments))
      segments.push(
        await writeSegment(repository, {
          ...{ backupId, snapshotId: header.snapshotId, node: 'forger', n: segments.length },
          lines: lines.map((line) => ({ ...line, backup: line.backup ?? honest })),
        }),
      );
    await commitManifest(signed ? repository : openRepository({ store, cluster }), {
      ...header,
      backupId,
      startedAt: moment,
      recoveryPoint: moment.replace('Z', '000Z'),
      segments,
      artefacts: [...header.artefacts.filter(({ kind }) => kind !== 'schema'), forged],
      totals: { ...header.totals, uploadedBytes: 0, reusedBytes: header.totals.bytes },
      refersTo: [
        ...header.refersTo,
        {
          backupId: honest,
          files: header.totals.files - header.refersTo.reduce((sum, { files }) => sum + files, 0),
          bytes: header.totals.uploadedBytes,
        },
      ],
    });
    return backupId;
  } finally {
    store.close();
  }
}
