import { clusterQueue, stepsQueue, streamsQueue, waitsQueue, type Chain } from '../../../contract';
import type { Undo, UndoOf } from '../../../contract/internal';
import type { ControlDependencies } from '../dependencies';
import { describeRun } from '../lock/guardian-state';

type Deps = Pick<ControlDependencies, 'client' | 'repository'>;

/** A step scheduled on this cluster's task queues, or completed by one of its workers, as recorded by Temporal. */
interface Step {
  state: 'asked' | 'done';
  type: string;
  input: unknown;
  /** Of a completed one. */
  result?: unknown;
}

/** How a kind of thing is made: the step that prints its id, and the steps that list what existed before. */
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

/** What must be found among the owner's steps: an id that was printed, or else an earlier list. */
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
    case 'scratch': // without an id, only snapshots of the scratch database are candidates, whose name is the run's
      return undo.importedSnapshotId === undefined ? undefined : { making: IMPORTED, id: undo.importedSnapshotId };
    default:
      return undefined;
  }
}

/**
 * What is missing in the proof that a snapshot, a snapshot schedule or a switch is the owner's; undefined: it is
 * proved, or there is nothing to undo. The owner's history, which Temporal keeps, must have the step that made it, and
 * before that a list without it; without an id, the list that the note repeats. Only steps scheduled on this cluster's
 * own task queues count: another workflow may run steps of its own elsewhere. For what has no id, the input of a step
 * counts as well as its result.
 */
export async function missingOfOwnersSteps(
  dependencies: Deps,
  undo: Undo,
  owner: Chain,
  startedBy: string | undefined,
): Promise<string | undefined> {
  if (undo.kind === 'loadBalancer' || undo.kind === 'stoppedTriggers') {
    const histories = await historiesOf(dependencies, owner, startedBy);
    return histories.some((steps) => (undo.kind === 'loadBalancer' ? switchedOff(steps) : stopped(steps, undo)))
      ? undefined
      : undo.kind === 'loadBalancer'
        ? 'no step of that run has found the load balancer on and switched it off. If it is meant to be on: yb-admin set_load_balancer_enabled 1'
        : `no step of that run has found these triggers enabled in ${undo.database}`;
  }
  const claim = claimed(undo);
  if (!claim) return undefined;
  const { making, id, listedBefore } = claim;
  for (const all of await historiesOf(dependencies, owner, startedBy)) {
    const steps = all.filter(({ state }) => state === 'done');
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

/**
 * What the run switched off: it was on when the run looked, and the run requested off. A switch that someone else
 * turned off is not turned on by a guardian.
 */
function switchedOff(steps: readonly Step[]): boolean {
  const on = steps.findIndex(
    ({ type, state, result }) => type === 'readLoadBalancer' && state === 'done' && fieldIn(result, 'enabled') === true,
  );
  return (
    on >= 0 &&
    steps.slice(on).some(({ type, input }) => type === 'setLoadBalancer' && fieldIn(input, 'enabled') === false)
  );
}

/** Preflight of this database found each of the triggers, firing as the note says. */
function stopped(steps: readonly Step[], { database, triggers }: UndoOf<'stoppedTriggers'>): boolean {
  const found = new Set(
    steps.flatMap(({ type, state, input, result }) => {
      const target = type === 'preflightLoad' && state === 'done' ? fieldIn(input, 'target') : undefined;
      if (target === undefined || fieldIn(target, 'database') !== database) return [];
      const listed = fieldIn(fieldIn(result, 'rowsInto'), 'triggers');
      return Array.isArray(listed) ? listed.map((one) => triggerKey(one as FoundTrigger)) : [];
    }),
  );
  return triggers.every((one) => found.has(triggerKey(one)));
}

type FoundTrigger = UndoOf<'stoppedTriggers'>['triggers'][number];
const triggerKey = ({ name, state, table }: FoundTrigger): string =>
  JSON.stringify([name, state, table?.schema, table?.name]);

/** The steps of the run that started the guardian, and of the chain's newest run: a reset begins another. */
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
  const scheduled = new Map<string, Pick<Step, 'type' | 'input'>>();
  const valueOf = (payload: Parameters<typeof payloadConverter.fromPayload>[0] | undefined): unknown =>
    payload ? payloadConverter.fromPayload(payload) : undefined;
  const steps: Step[] = [];
  for (const event of events ?? []) {
    const scheduledEvent = event.activityTaskScheduledEventAttributes;
    if (scheduledEvent && ours.has(scheduledEvent.taskQueue?.name ?? '')) {
      const step = {
        type: scheduledEvent.activityType?.name ?? '',
        input: valueOf(scheduledEvent.input?.payloads?.[0]),
      };
      scheduled.set(String(event.eventId), step);
      steps.push({ state: 'asked', ...step });
    }
    const done = event.activityTaskCompletedEventAttributes;
    const step = done ? scheduled.get(String(done.scheduledEventId)) : undefined;
    const payload = done?.result?.payloads?.[0];
    if (step && payload) steps.push({ state: 'done', ...step, result: valueOf(payload) });
  }
  return steps;
}

/** The result of a preflight is wrapped once. */
const layers = (result: unknown): Record<string, unknown>[] =>
  [result, (result as { answer?: unknown } | null)?.answer].filter(
    (one): one is Record<string, unknown> => typeof one === 'object' && one !== null,
  );

const fieldIn = (result: unknown, field: string): unknown => layers(result).find((one) => field in one)?.[field];

function listIn(result: unknown, field: string): string[] | undefined {
  const found = fieldIn(result, field);
  return Array.isArray(found) ? found.filter((one) => typeof one === 'string') : undefined;
}
