import { layout, type DumpPart } from '../../../repository';
import type { ControlDependencies } from '../dependencies';
import type { LoadableDump } from '../find-dump';
import type { Findings } from './findings';

/** Every object of these parts is there and has its size. */
export async function checkDumpObjects(
  { repository }: ControlDependencies,
  dump: LoadableDump,
  parts: readonly DumpPart[],
  findings: Findings,
): Promise<void> {
  await findings.check(`The objects of ${dump.dumpId}`, async () => {
    const listed = new Map<string, number>();
    for await (const { key, size } of repository.store.list(layout.dump(dump.cluster, dump.dumpId)))
      listed.set(key, size);
    const missing = parts
      .flatMap(({ files }) => files)
      .filter(({ key, size }) => listed.get(key) !== size)
      .map(({ key }) => key);
    if (missing.length > 0)
      findings.add(
        'ManifestInvalid',
        `${missing.length} objects of ${dump.dumpId} are missing or of another size in the bucket (first: ${missing[0] ?? ''}). Use another dump, and find out who deleted them.`,
        { missing: missing.length },
      );
  });
}
