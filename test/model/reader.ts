import { findBackup } from '../../src/activities/control/lookup/find-backup';
import { takeLease } from '../../src/activities/control/lookup/take-lease';
import { makePlanPlacement } from '../../src/activities/control/restore/plan-placement';
import { placeLine, type PlaceLine } from '../../src/activities/work-lines';
import { getWorkList, putWorkList } from '../../src/repository';
import { ChecksumMismatch, isStoreError, retryingStore, sha256Of } from '../../src/transfer';
import type { Operation } from './clockwork';
import { NODES } from './model-cluster';
import { CLUSTER, Violation } from './witness';
import { DATABASE, type Actor, type World } from './world';

/**
 * One restore: the backup is found, a lease taken, the placement planned, everything read and compared by its hash. The
 * answer is the backup's id. Whatever it gives out is compared with what the backup was made of.
 */
export async function restore(
  world: World,
  actor: Actor,
  operation: Operation,
  backup: string | { database: string },
): Promise<string> {
  const chain = world.newChain('restore');
  const step = (name: string) => ({ actor, name, chain });
  try {
    const found = await world.step(operation, step('findBackup'), async (dependencies) =>
      findBackup(dependencies, { chain, backup }),
    );
    await world.step(operation, step('preflightRestore'), async (dependencies) =>
      takeLease(dependencies, { kind: 'backup', id: found.backupId, cluster: CLUSTER }),
    );
    const { tablets } = world.cluster;
    const tabletMap = await world.step(operation, step('importSnapshot'), async ({ repository }) =>
      putWorkList(repository, {
        ...{ workflowId: chain.workflowId, name: 'map', bytes: 0 },
        lines: tablets.map((tablet) => ({ oldTablet: tablet, newTablet: tablet })),
      }),
    );
    const { nodes } = await world.step(operation, step('planPlacement'), async (dependencies) =>
      makePlanPlacement({
        ...dependencies,
        yugabyte: () => ({ ...dependencies.yugabyte(), http: entities(tablets) }) as never,
      })({ backup: found, imported: { snapshotId: found.snapshotId, tabletMap }, round: 1 }),
    );
    const placed = new Map<string, Buffer>();
    for (const { batches } of nodes)
      for (const { work, n } of batches)
        await world.step(
          operation,
          { actor: { ...actor, role: 'node' }, name: `placeTablets ${n}`, chain },
          async ({ store, repository }) => {
            const patient = retryingStore(store, { policy: { retryForMs: 60_000 } });
            for (const line of await getWorkList(repository, work, placeLine)) {
              const bytes = Buffer.alloc(line.size);
              const { etag: ifMatch, versionId } = line;
              try {
                await patient.readRange(line.object, line.offset ?? 0, bytes, { ifMatch, versionId });
              } catch (error) {
                if (isStoreError(error, 'changed')) throw mismatch(line);
                throw error;
              }
              // As the engine does before it gives a file its name.
              if (sha256Of(bytes) !== line.sha256) throw mismatch(line);
              placed.set(`${line.tablet}/${line.path}`, bytes);
            }
          },
        );
    compare(world, found.backupId, placed);
    world.count('restore complete');
    return found.backupId;
  } finally {
    world.runs.set(chain.workflowId, 'COMPLETED');
  }
}

function compare(world: World, id: string, placed: ReadonlyMap<string, Buffer>): void {
  const known = world.witness.backups.get(id);
  if (!known) throw new Violation(`${id} was restored, and was never committed.`);
  const wanted = new Map(known.files.map(({ tablet, path, content }) => [`${tablet}/${path}`, content]));
  for (const [path, content] of wanted)
    if (placed.get(path)?.equals(content) !== true)
      throw new Violation(`${id} was restored, and ${path} is ${placed.has(path) ? 'not as it was' : 'missing'}.`);
  for (const path of placed.keys())
    if (!wanted.has(path)) throw new Violation(`${id} was restored with ${path}, which it does not hold.`);
}

const mismatch = ({ object }: PlaceLine): ChecksumMismatch =>
  new ChecksumMismatch(object, 'other bytes', 'Use another.');

const entities = (tablets: readonly string[]) => ({
  dumpEntities: async () =>
    await Promise.resolve({
      tablets: tablets.map((id) => ({ id, replicas: [{ tserverUuid: NODES[0]?.uuid }] })),
    }),
});

export const NEWEST = { database: DATABASE };
