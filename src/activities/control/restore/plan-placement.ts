import { createHash } from 'node:crypto';
import { getWorkList, putWorkList, readFilesOf } from '../../../repository';
import { failWith } from '../../application-failure';
import type { Batch, ListRef, NodePlan, NodeRef } from '../../shapes';
import { tabletMapLine, type PlaceLine } from '../../work-lines';
import { headerOf, storeOf } from '../lookup/backup-store';
import { takeLease } from '../lookup/take-lease';
import { intoBatches } from '../copies/batches';
import type { ControlDependencies } from '../dependencies';
import type { RestorableBackup } from '../lookup/find-backup';
import { given } from '../../../objects/given';

export interface PlanPlacementInput {
  backup: RestorableBackup;
  imported: { snapshotId: string; tabletMap: ListRef };
  round: number;
}

export interface PlanPlacementResult {
  nodes: NodePlan[];
  /** Digest of all replicas: equal after placing means that nothing moved meanwhile. */
  replicas: string;
}

/**
 * Which files go where: the files of each old tablet on every replica of its new tablet, as the masters list them now.
 */
export function makePlanPlacement(dependencies: ControlDependencies) {
  return async function planPlacement({ backup, imported, round }: PlanPlacementInput): Promise<PlanPlacementResult> {
    const { repository } = dependencies;
    await takeLease(dependencies, { kind: 'backup', id: backup.backupId, cluster: backup.cluster });
    const replicas = await replicasOf(dependencies, imported.tabletMap);
    const header = await headerOf(dependencies, backup);
    const files = new Map<string, PlaceLine[]>([...replicas.byOldTablet.keys()].map((tablet) => [tablet, []]));
    for await (const line of readFilesOf(storeOf(dependencies, backup), header)) {
      const { path, size, sha256, object, etag, versionId, offset } = line;
      const place = {
        path,
        size,
        sha256,
        object,
        etag,
        ...given({ versionId, offset }),
      };
      files.get(line.tablet)?.push({ tablet: replicas.byOldTablet.get(line.tablet)?.newTablet ?? '', ...place });
    }
    const nodes: NodePlan[] = [];
    for (const [node, tablets] of replicas.byNode) {
      const sized = tablets.map((oldTablet) => {
        const lines = files.get(oldTablet) ?? [];
        return { lines, files: lines.length, bytes: lines.reduce((sum, { size }) => sum + size, 0) };
      });
      const batches: Batch[] = [];
      for (const [n, batch] of intoBatches(sized, replicas.byNode.size).entries()) {
        const lines = batch.flatMap((one) => one.lines);
        const bytes = batch.reduce((sum, one) => sum + one.bytes, 0);
        const work = await putWorkList(repository, {
          workflowId: backup.chain.workflowId,
          name: `place-${round}-${node.uuid.slice(0, 8)}-${n}`,
          lines,
          bytes,
        });
        batches.push({ n, work, tablets: batch.length });
      }
      nodes.push({
        node,
        batches,
        files: sized.reduce((sum, one) => sum + one.files, 0),
        bytes: sized.reduce((sum, one) => sum + one.bytes, 0),
      });
    }
    return { nodes, replicas: replicas.digest };
  };
}

async function replicasOf(dependencies: ControlDependencies, tabletMap: ListRef) {
  const yugabyte = dependencies.yugabyte();
  const map = await getWorkList(dependencies.repository, tabletMap, tabletMapLine);
  const entities = new Map((await yugabyte.http.dumpEntities()).tablets.map((tablet) => [tablet.id, tablet]));
  const addresses = new Map((await yugabyte.tservers()).map(({ uuid, address }) => [uuid, address]));
  const byUuid = new Map<string, string[]>();
  const lines: string[] = [];
  for (const { oldTablet, newTablet } of map) {
    const replicas = entities.get(newTablet)?.replicas ?? [];
    if (replicas.length === 0)
      throw failWith(
        'NodeUnavailable',
        `The masters list no replica of the new tablet ${newTablet} yet. It is waited for.`,
      );
    for (const { tserverUuid } of replicas) {
      const others = byUuid.get(tserverUuid);
      if (others) others.push(oldTablet);
      else byUuid.set(tserverUuid, [oldTablet]);
      lines.push(`${newTablet} ${tserverUuid}`);
    }
  }
  const byNode = new Map<NodeRef, string[]>(
    [...byUuid]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([uuid, tablets]) => [{ uuid, address: addresses.get(uuid) ?? '' }, tablets]),
  );
  return {
    byOldTablet: new Map(map.map((line) => [line.oldTablet, line])),
    byNode,
    digest: createHash('sha256').update(lines.sort().join('\n')).digest('hex').slice(0, 16),
  };
}
