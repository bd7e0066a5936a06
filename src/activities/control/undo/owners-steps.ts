import { clusterQueue, stepsQueue, streamsQueue, waitsQueue, type Chain, type Undo } from '../../../contract';
import type { ControlDependencies } from '../dependencies';
import { describeRun } from '../guardian-state';

type Deps = Pick<ControlDependencies, 'client' | 'repository'>;

/** A step that a worker of this cluster's queues has completed, as Temporal recorded it. */
interface Step {
  type: string;
  result: unknown;
}

/** How a kind of thing is made: the step that prints its id, and the steps that list what was there before. */
interface Making {
  madeBy: string;
  id: string;
  listedBy: readonly string[];
  ids: string;
}

const SNAPSHOT: Making = {
  madeBy: 'createSnapshot',
  id: 'snapshotId',
  listedBy: ['lookBeforeSnapshot', 'listSnapshotIds'],
  ids: 'snapshotIds',
};
const IMPORTED: Making = { ...SNAPSHOT, madeBy: 'importSnapshot' };
const SCHEDULE: Making = {
  madeBy: 'createSnapshotSchedule',
  id: 'scheduleId',
  listedBy: ['preflightSchedule'],
  ids: 'listedBefore',
};

/** What of an undo is to be found among the owner's steps: an id that was printed, or else a list of before. */
interface Claimed {
  making: Making;
  id?: string | undefined;
  listedBefore?: readonly string[];
}

function claimed(undo: Undo): Claimed | undefined {
  switch (undo.kind) {
    case 'snapshot':
      return { making: SNAPSHOT, id: undo.snapshotId, listedBefore: undo.listedBefore };
    case 'schedule':
      return { making: SCHEDULE, id: undo.scheduleId, listedBefore: undo.listedBefore };
    case 'importedSnapshot':
      return { making: IMPORTED, id: undo.snapshotId };
    case 'keyspace':
      return { making: IMPORTED, id: undo.importedSnapshotId, listedBefore: undo.listedBefore };
    case 'scratch': // without an id only snapshots of the scratch database are looked at, which bears the run's name
      return undo.importedSnapshotId === undefined ? undefined : { making: IMPORTED, id: undo.importedSnapshotId };
    default:
      return undefined;
  }
}

/**
 * What is missing of the proof that a snapshot or a snapshot schedule is the owner's; undefined: it is proved, or nothing of the kind is undone. The
 * owner's history, which Temporal keeps, must hold the step that made it, and before it a list in which it was not; without an id, the list that the
 * note repeats. Only steps that were given to this cluster's own queues count: another workflow may run steps of its own elsewhere.
 */
export async function missingOfOwnersSteps(
  dependencies: Deps,
  undo: Undo,
  owner: Chain,
  startedBy: string | undefined,
): Promise<string | undefined> {
  const claim = claimed(undo);
  if (!claim) return undefined;
  const { making, id, listedBefore } = claim;
  for (const steps of await historiesOf(dependencies, owner, startedBy)) {
    const lists = steps.flatMap(({ type, result }, at) => {
      const ids = making.listedBy.includes(type) ? listIn(result, making.ids) : undefined;
      return ids === undefined ? [] : [{ at, ids }];
    });
    if (id === undefined) {
      if (lists.some(({ ids }) => ids.every((one) => listedBefore?.includes(one)))) return undefined;
      continue;
    }
    const made = steps.findIndex(({ type, result }) => type === making.madeBy && fieldIn(result, making.id) === id);
    if (made >= 0 && lists.some(({ at, ids }) => at < made && !ids.includes(id))) return undefined;
  }
  return id === undefined
    ? 'no step of that run has listed what was there before'
    : `no step of that run has made ${id}. If it is a leftover, delete it by hand with yb-admin`;
}

/** The steps of the run that started the guardian, and of the chain's newest one: a reset begins another. */
async function historiesOf(dependencies: Deps, owner: Chain, startedBy: string | undefined): Promise<Step[][]> {
  const newest = await describeRun(dependencies, owner.workflowId);
  const ofChain = newest?.raw.workflowExecutionInfo?.firstRunId === owner.firstExecutionRunId;
  const runs = new Set([startedBy, ofChain ? newest?.runId : undefined].filter((run) => run !== undefined));
  return await Promise.all([...runs].map(async (run) => await stepsOf(dependencies, owner.workflowId, run)));
}

async function stepsOf({ client, repository }: Deps, workflowId: string, runId: string): Promise<Step[]> {
  const { cluster } = repository;
  const ours = new Set([clusterQueue, stepsQueue, streamsQueue, waitsQueue].map((queue) => queue(cluster)));
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const { payloadConverter } = client.options.loadedDataConverter;
  const scheduled = new Map<string, string>();
  const steps: Step[] = [];
  for (const event of events ?? []) {
    const asked = event.activityTaskScheduledEventAttributes;
    if (asked && ours.has(asked.taskQueue?.name ?? ''))
      scheduled.set(String(event.eventId), asked.activityType?.name ?? '');
    const done = event.activityTaskCompletedEventAttributes;
    const type = done ? scheduled.get(String(done.scheduledEventId)) : undefined;
    const [payload] = done?.result?.payloads ?? [];
    if (type !== undefined && payload) steps.push({ type, result: payloadConverter.fromPayload(payload) });
  }
  return steps;
}

/** What preflight answers is wrapped once. */
const layers = (result: unknown): Record<string, unknown>[] =>
  [result, (result as { answer?: unknown } | null)?.answer].filter(
    (one): one is Record<string, unknown> => typeof one === 'object' && one !== null,
  );

const fieldIn = (result: unknown, field: string): unknown => layers(result).find((one) => field in one)?.[field];

function listIn(result: unknown, field: string): string[] | undefined {
  const found = fieldIn(result, field);
  return Array.isArray(found) ? found.filter((one) => typeof one === 'string') : undefined;
}
