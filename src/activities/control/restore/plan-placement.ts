import { createHash } from 'node:crypto';
import {
  getWorkList,
  putWorkList,
  readFilesOf,
  readRepairs,
  type Repairs,
  type SegmentLine,
} from '../../../repository';
import { failWith } from '../../application-failure';
import type { Batch, ListRef, NodePlan, NodeRef } from '../../internal-types';
import { tabletMapLine, type PlaceLine } from '../../work-lines';
import { headerOf, storeOf } from '../lookup/backup-store';
import { intoBatches } from '../copies/batches';
import type { ControlDependencies } from '../dependencies';
import type { RestorableBackup } from '../lookup/find-backup';
import { given } from '../../../objects/given';
import { addTo } from '../../../objects/grouped';

export interface PlanPlacementInput {
  backup: RestorableBackup;
  imported: { snapshotId: string; tabletMap: ListRef };
  round: number;
}

export interface PlanPlacementResult {
  nodes: NodePlan[];
  /** Digest of all replicas: unchanged after placing, nothing has moved in between. */
  replicas: string;
}

/**
 * Plans which files go where: the files of each old tablet to every replica of its new tablet, as the masters list them
 * now. The file lists are read twice, the first time to count: memory holds only the files of batches that are begun
 * and not yet complete, about one for each node.
 */
export function makePlanPlacement(dependencies: ControlDependencies) {
  return async function planPlacement({ backup, imported, round }: PlanPlacementInput): Promise<PlanPlacementResult> {
    const { repository } = dependencies;
    const { newTablets, byNode, digest } = await replicasOf(dependencies, imported.tabletMap);
    const header = await headerOf(dependencies, backup);
    const owners = [header.backupId, ...header.refersTo.map(({ backupId }) => backupId)];
    const repairs = await readRepairs(storeOf(dependencies, backup), owners);
    const readFiles = (): AsyncGenerator<SegmentLine> => readFilesOf(storeOf(dependencies, backup), header);
    const counted = await countFiles(readFiles(), newTablets);
    const plans = [...byNode].map(([node, tablets]) => planOf(node, inReadingOrder(tablets, counted), byNode.size));
    const lists = new UnwrittenLists(plans, async (batch, lines) => {
      batch.work = await putWorkList(repository, {
        workflowId: backup.chain.workflowId,
        name: `place-${round}-${batch.node.uuid.slice(0, 8)}-${batch.n}`,
        lines,
        bytes: batch.bytes,
      });
    });
    for await (const line of readFiles()) {
      const tablet = newTablets.get(line.tablet);
      if (tablet !== undefined) await lists.add(line.tablet, placeOf(line, tablet, repairs), counted);
    }
    await lists.writeEmpty();
    return { nodes: plans.map(nodePlanOf), replicas: digest };
  };
}

/** What the files of an old tablet amount to, and where they are among all files. */
interface CountedTablet {
  oldTablet: string;
  files: number;
  bytes: number;
  /** Number of its first file, in reading order. */
  first: number;
}

/** A batch being collected for its list in the bucket. */
interface PlannedBatch {
  node: NodeRef;
  n: number;
  tablets: readonly CountedTablet[];
  bytes: number;
  work?: ListRef;
}

interface Plan {
  node: NodeRef;
  tablets: readonly CountedTablet[];
  batches: readonly PlannedBatch[];
}

async function countFiles(
  lines: AsyncIterable<SegmentLine>,
  wanted: ReadonlyMap<string, string>,
): Promise<Map<string, CountedTablet>> {
  const counted = new Map<string, CountedTablet>();
  let n = 0;
  for await (const { tablet, size } of lines) {
    n += 1;
    if (!wanted.has(tablet)) continue;
    const one = counted.get(tablet);
    if (one) {
      one.files += 1;
      one.bytes += size;
    } else counted.set(tablet, { oldTablet: tablet, files: 1, bytes: size, first: n });
  }
  return counted;
}

/** In the order in which the files are read, so that a batch is complete soon after it was begun. */
const inReadingOrder = (
  tablets: readonly string[],
  counted: ReadonlyMap<string, CountedTablet>,
): readonly CountedTablet[] =>
  tablets
    .map((oldTablet) => counted.get(oldTablet) ?? { oldTablet, files: 0, bytes: 0, first: 0 })
    .sort((a, b) => a.first - b.first);

function planOf(node: NodeRef, tablets: readonly CountedTablet[], nodes: number): Plan {
  const batches = intoBatches(tablets, nodes).map((batch, n) => ({
    ...{ node, n, tablets: batch },
    bytes: batch.reduce((sum, { bytes }) => sum + bytes, 0),
  }));
  return { node, tablets, batches };
}

const nodePlanOf = ({ node, tablets, batches }: Plan): NodePlan => ({
  node,
  batches: batches.map(({ n, work, tablets: { length } }): Batch => {
    if (work === undefined) throw new Error(`Batch ${n} of ${node.address} was not written.`);
    return { n, work, tablets: length };
  }),
  files: tablets.reduce((sum, { files }) => sum + files, 0),
  bytes: tablets.reduce((sum, { bytes }) => sum + bytes, 0),
});

function placeOf(line: SegmentLine, tablet: string, repairs: Repairs): PlaceLine {
  const { path, size, sha256, object, etag, versionId, offset } = line;
  const places = repairs.placesOf(line).map(({ objectBytes: _, ...place }) => place);
  const elsewhere = places.length === 0 ? undefined : places;
  return { tablet, path, size, sha256, object, etag, ...given({ versionId, offset, elsewhere }) };
}

/** Writes the list of each batch as soon as all files of its tablets have been read, and forgets them. */
class UnwrittenLists {
  private readonly lines = new Map<string, PlaceLine[]>();
  private readonly batchesOf = new Map<string, Set<PlannedBatch>>();
  private readonly waitsFor = new Map<PlannedBatch, number>();

  constructor(
    plans: readonly Plan[],
    private readonly write: (batch: PlannedBatch, lines: PlaceLine[]) => Promise<void>,
  ) {
    for (const batch of plans.flatMap(({ batches }) => batches)) {
      const coming = batch.tablets.filter(({ files }) => files > 0);
      this.waitsFor.set(batch, coming.length);
      for (const { oldTablet } of coming) {
        const batches = this.batchesOf.get(oldTablet);
        if (batches) batches.add(batch);
        else this.batchesOf.set(oldTablet, new Set([batch]));
      }
    }
  }

  async add(oldTablet: string, line: PlaceLine, counted: ReadonlyMap<string, CountedTablet>): Promise<void> {
    const batches = this.batchesOf.get(oldTablet);
    if (!batches) return;
    addTo(this.lines, oldTablet, line);
    if ((this.lines.get(oldTablet)?.length ?? 0) < (counted.get(oldTablet)?.files ?? 0)) return;
    for (const batch of [...batches]) {
      const left = (this.waitsFor.get(batch) ?? 0) - 1;
      this.waitsFor.set(batch, left);
      if (left === 0) await this.finish(batch);
    }
  }

  /** Batches of tablets without files, which no line completes. */
  async writeEmpty(): Promise<void> {
    for (const [batch, left] of this.waitsFor) if (left === 0) await this.finish(batch);
  }

  private async finish(batch: PlannedBatch): Promise<void> {
    this.waitsFor.delete(batch);
    await this.write(
      batch,
      batch.tablets.flatMap(({ oldTablet }) => this.lines.get(oldTablet) ?? []),
    );
    for (const { oldTablet } of batch.tablets) {
      const batches = this.batchesOf.get(oldTablet);
      batches?.delete(batch);
      if (batches?.size === 0) this.lines.delete(oldTablet);
    }
  }
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
        `The masters list no replica of the new tablet ${newTablet} yet. Waiting for it.`,
      );
    for (const { tserverUuid } of replicas) {
      addTo(byUuid, tserverUuid, oldTablet);
      lines.push(`${newTablet} ${tserverUuid}`);
    }
  }
  const byNode = new Map<NodeRef, string[]>(
    [...byUuid]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([uuid, tablets]) => [{ uuid, address: addresses.get(uuid) ?? '' }, tablets]),
  );
  return {
    newTablets: new Map(map.map(({ oldTablet, newTablet }) => [oldTablet, newTablet])),
    byNode,
    digest: createHash('sha256').update(lines.sort().join('\n')).digest('hex').slice(0, 16),
  };
}
