import { makeCommitManifest, type CommitManifestResult } from '../../src/activities/control/backup/commit-manifest';
import { makeOpenBackup } from '../../src/activities/control/backup/open-backup';
import { makePlanCopies } from '../../src/activities/control/backup/plan-copies';
import { withObjectLock } from '../../src/activities/control/run/object-lock';
import { undoIntent } from '../../src/activities/control/undo/undo';
import { makeCopyTablets } from '../../src/activities/node/copy-tablets';
import type { BackupIdentity } from '../../src/activities/internal-types';
import { backupId } from '../../src/contract';
import type { OwnerEnd } from '../../src/contract/internal';
import { putWorkList, writeArtefact, type SegmentRef } from '../../src/repository';
import type { Operation } from './clockwork';
import { NODES, TABLE } from './model-cluster';
import { DATABASE, isFailure, Terminated, type Actor, type World } from './world';
import { CLUSTER } from './witness';

/** How a backup ended. */
export type BackupEnd = { id: string; committed: CommitManifestResult } | { id: string; failed: unknown };

/** One run of the workflow `backUpDatabase`, with its guardian. Fails with nothing: a failed backup is an end, too. */
export async function backUp(world: World, actor: Actor, operation: Operation): Promise<BackupEnd> {
  const { clockwork, traits, cluster } = world;
  const chain = world.newChain('backup');
  const startedAt = new Date(clockwork.now + traits.temporalSkewMs);
  const id = backupId(DATABASE, startedAt, chain.firstExecutionRunId);
  const backup: BackupIdentity = { backupId: id, database: DATABASE, chain, startedAt: startedAt.toISOString() };
  const guarded = { chain, guardianIds: [`busy/${DATABASE}`] };
  const onControl = (name: string) => ({ actor, name, chain });
  let end: OwnerEnd = 'failed';
  let result: BackupEnd = { id, failed: undefined };
  try {
    await world.step(operation, onControl('openBackup'), async (dependencies) => {
      await makeOpenBackup(dependencies)({ guarded, backup, request: { database: DATABASE } });
    });
    const snapshotId = cluster.takeSnapshot();
    const hybridTime = `${clockwork.now}000`;
    const prepared = await world.step(operation, onControl('exportSnapshot'), async (dependencies) => {
      const { repository } = await withObjectLock(dependencies, { backupId: id });
      const content = JSON.stringify(exportedOf(cluster.tablets, hybridTime));
      const artefact = await writeArtefact(repository, { backupId: id, snapshotId, kind: 'snapshot', content });
      const list = async (name: string, lines: object[]) =>
        await putWorkList(repository, { workflowId: chain.workflowId, name, lines, bytes: 0 });
      const tablets = await list(
        'tablets',
        cluster.tablets.map((tablet) => ({ tablet, tables: [TABLE], partition: { start: '', end: '' } })),
      );
      const listings = [];
      for (const node of NODES) {
        const replicas = cluster.tablets.map((tablet) => {
          const files = [...cluster.filesOf(snapshotId, node.uuid, tablet).values()];
          const bytes = files.reduce((sum, { size }) => sum + size, 0);
          return { tablet, table: TABLE, files: files.length, bytes, leader: false };
        });
        listings.push({ node, listing: await list(`listing-${node.uuid.slice(0, 8)}`, replicas) });
      }
      return { artefact, tablets, listings };
    });
    const { artefact, tablets, listings } = prepared;
    const plan = await world.step(operation, onControl('planCopies'), async (dependencies) =>
      makePlanCopies(dependencies)({ backup, tablets, listings, tried: [], round: 1, incremental: true }),
    );
    const segments: SegmentRef[] = [];
    for (const { node, batches } of plan.nodes)
      for (const batch of batches) {
        const onNode = { actor: { ...actor, role: 'node' as const }, name: `copyTablets ${batch.n}`, chain };
        const { segment, missed } = await world.step(operation, onNode, async (dependencies) =>
          makeCopyTablets({ ...dependencies, identity: { ...node, http: '', dataDirs: [node.uuid] } })({
            ...{ uuid: node.uuid, backup, snapshotId, batch, runKey: chain.workflowId, limits: { version: 1 } },
          }),
        );
        if (segment === undefined || missed !== undefined) throw new Error(`${id}: a replica was missed`);
        segments.push(segment);
      }
    const committed = await world.step(operation, onControl('commitManifest'), async (dependencies) =>
      makeCommitManifest(dependencies)({
        ...{ guarded, backup, segments },
        snapshot: { snapshotId, artefacts: [artefact], catalogVersion: '1', tablets },
      }),
    );
    end = 'complete';
    result = { id, committed };
  } catch (error) {
    if (error instanceof Terminated) end = 'terminated';
    else if (!isFailure(error)) throw error;
    result = { id, failed: error };
  }
  const guardian = world.newOperation(`${operation.name}, its guardian`, []);
  await world.step(guardian, onControl('undo'), async (dependencies) =>
    undoIntent(dependencies, { kind: 'intent', backupId: id }, { end } as never),
  );
  world.runs.set(chain.workflowId, 'COMPLETED');
  world.count(`backup ${end}`);
  return result;
}

/** What the mocked reader of exported snapshots gives. */
const exportedOf = (tablets: readonly string[], snapshotMicros: string): object => ({
  ...{ snapshotMicros, hybridTime: snapshotMicros, formatVersion: 2 },
  database: { id: 'shop', name: 'shop', colocated: false },
  tables: [{ id: TABLE, name: 'orders', kind: 'table' }],
  tablets: tablets.map((id) => ({ id, tableIds: [TABLE], partitionStart: '', partitionEnd: '' })),
  cluster: CLUSTER,
});
