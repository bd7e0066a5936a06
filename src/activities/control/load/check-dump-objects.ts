import { layout, type DumpPart } from '../../../repository';
import { takeLease } from '../lookup/take-lease';
import type { LoadableDump } from '../lookup/find-dump';
import type { Checks } from '../preflight/checks';

/** Every object of these parts exists and has its size. */
export async function checkDumpObjects(checks: Checks, dump: LoadableDump, parts: readonly DumpPart[]): Promise<void> {
  await checks.look(`The objects of ${dump.dumpId}`, async (clients, { arriving }) => {
    const { repository } = clients;
    // First the lease, then the check: what exists now stays.
    await takeLease(clients, { kind: 'dump', id: dump.dumpId, cluster: dump.cluster });
    const listed = new Map<string, number>();
    for await (const { key, size } of repository.store.list(layout.dump(dump.cluster, dump.dumpId))) {
      listed.set(key, size);
      arriving();
    }
    const missing = parts
      .flatMap(({ files }) => files)
      .filter(({ key, size }) => listed.get(key) !== size)
      .map(({ key }) => key);
    if (missing.length > 0)
      checks.add(
        'ManifestInvalid',
        `${missing.length} objects of ${dump.dumpId} are missing from the bucket, or have another size there (first: ${missing[0] ?? ''}). Use another dump, and find out who deleted them.`,
        { missing: missing.length },
      );
  });
}
