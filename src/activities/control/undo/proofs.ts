import { activityInfo } from '@temporalio/activity';
import type { Chain } from '../../../contract';
import { describeUndo, type Undo, type UndoOf } from '../../../contract/internal';
import { failWith } from '../../application-failure';
import type { ControlDependencies } from '../dependencies';
import { describeRun, startedByChain } from '../lock/guardian-state';
import { scratchName } from './snapshot-candidates';
import { missingOfOwnersSteps } from './owners-steps';

export interface Claim {
  undo: Undo;
  guardianId: string;
  owner: Chain;
}

/** What is missing in the proof that the owner's run made what is undone; undefined: it is proved. */
type Proof<K extends Undo['kind']> = (undo: UndoOf<K>, owner: Chain) => string | undefined;

/**
 * A scratch name is derived from the run's own id, which Temporal assigned: the name proves which run made its
 * database.
 */
const ofThisRun = ({ scratchName: name, of }: { scratchName: string; of?: string | undefined }, owner: Chain) =>
  of !== undefined && scratchName(of, owner.firstExecutionRunId) === name
    ? undefined
    : `the name ${name} is not one that the run uses. If the database is a leftover, drop it by hand: DROP DATABASE ${name}`;

/** The ids of backups and dumps end with the run's id. */
const endsWithRun = (id: string, owner: Chain): string | undefined =>
  id.endsWith(`-${owner.firstExecutionRunId.slice(-6)}`) ? undefined : `${id} is not the run's`;

/**
 * How each kind is proved; a kind without an entry does not compile. For all of them, Temporal has recorded that the
 * guardian was started by the run that it names as its owner. `undefined` here: the undo itself checks (a record in the
 * bucket, the lists of the cluster).
 */
const proofs: { [K in Undo['kind']]: Proof<K> | undefined } = {
  scratch: ofThisRun,
  scratchDatabase: ofThisRun,
  clone: ofThisRun,
  intent: ({ backupId }, owner) => endsWithRun(backupId, owner),
  dump: ({ dumpId }, owner) => endsWithRun(dumpId, owner),
  keyspace: undefined, // the record written before the step: makings.ts
  newKeyspace: undefined, // the same
  keyspaceClone: undefined, // the same
  snapshot: undefined, // the owner's steps: owners-steps.ts
  importedSnapshot: undefined, // the same
  schedule: undefined, // the same
  restoration: undefined, // undoes nothing, only waits
  loadBalancer: undefined, // the same, unless it is on
  stoppedTriggers: undefined, // the same
};

/** Refuses, finally and before anything is touched, what the owner's run is not proved to have made. */
export async function confirmOwn(
  dependencies: Pick<ControlDependencies, 'client' | 'repository'>,
  claim: Claim,
): Promise<void> {
  const { undo, owner } = claim;
  const missing =
    (await unlikeOwner(dependencies, claim)) ??
    (proofs[undo.kind] as Proof<Undo['kind']> | undefined)?.(undo, owner) ??
    (undo.kind === 'loadBalancer' ? undefined : await missingOfSteps(dependencies, claim)); // its undo looks first
  if (missing !== undefined) throw notProved(claim, missing);
}

/** What is missing in the proof in the history of the owner's run. */
export async function missingOfSteps(
  dependencies: Pick<ControlDependencies, 'client' | 'repository'>,
  { undo, owner }: Claim,
): Promise<string | undefined> {
  return await missingOfOwnersSteps(dependencies, undo, owner, await starterOf(dependencies));
}

/** Ends an undo of what may be someone else's. */
export function notProved({ undo, owner }: Claim, missing: string): Error {
  return failWith(
    'InvalidInput',
    `It is not proved that ${owner.workflowId} made ${describeUndo(undo)}, so nothing was touched: ${missing}.`,
  );
}

/** The run that started the calling guardian. */
async function starterOf(dependencies: Pick<ControlDependencies, 'client'>): Promise<string | undefined> {
  const caller = activityInfo().workflowExecution;
  const guardian = caller && (await describeRun(dependencies, caller.workflowId, caller.runId));
  return guardian?.raw.workflowExecutionInfo?.parentExecution?.runId ?? undefined;
}

/** The calling guardian is a child of the owner's run, as recorded by Temporal itself: a caller can claim anything. */
async function unlikeOwner(
  dependencies: Pick<ControlDependencies, 'client'>,
  { guardianId, owner }: Claim,
): Promise<string | undefined> {
  const caller = activityInfo().workflowExecution;
  if (caller?.workflowId !== guardianId)
    return `${caller?.workflowId ?? 'the caller'} is not the guardian ${guardianId}`;
  const started = await startedByChain(
    dependencies,
    await describeRun(dependencies, caller.workflowId, caller.runId),
    owner,
  );
  if (started === 'yes') return undefined;
  return started === 'another run of it'
    ? `${guardianId} was started by another run of ${owner.workflowId}`
    : `${guardianId} was not started by that run`;
}
