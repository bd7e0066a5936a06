import { CancellationScope, condition, isCancellation, log, setCurrentDetails, setHandler } from '@temporalio/workflow';
import { clusterGuardianId, type Progress } from '../contract';
import { describeUndo, type OwnerEnd } from '../contract/internal';
import { internalInput, reasonOf, signalInput } from './run/failure';
import { endedPage, endedProgress } from './lock/guardian-ended';
import { closeSignal, noteSignal, type GuardianInput, type GuardianResult } from './lock/guardian-messages';
import { Notes } from './lock/guardian-notes';
import { sideQuestion, undoing, wait } from './run/policies';
import { progressQuery, upsertKnownAttributes } from './run/progress';
import { markdownText } from './run/render-details';

/**
 * Lock and cleaner of one database or of the cluster: while this run is open, its workflow id is taken. The owner notes
 * each undo before the step that may half-succeed and sends `close` at its end; when the owner's chain ends without
 * that (terminate, time-out), the guardian notices and undoes on its own. It ignores cancellation: only it undoes.
 */
export async function guardian(given: GuardianInput): Promise<GuardianResult> {
  const input: GuardianInput = internalInput('guardian', given);
  const notes = new Notes(input.settings.timing);
  let reported: OwnerEnd | undefined;
  let end: OwnerEnd | undefined;
  let ended: GuardianResult | undefined;
  const render = (): void => {
    setCurrentDetails(page(input, notes, end));
  };
  setHandler(progressQuery, () => (ended ? endedProgress(ended) : progressOf(notes, end)), {
    description: 'What this guardian would undo.',
  });
  setHandler(
    noteSignal,
    (message) => {
      const noted = signalInput('note', message);
      if (noted) notes.note(noted.key, noted.undo);
      render();
    },
    { description: 'The owner notes what would have to be undone.' },
  );
  setHandler(
    closeSignal,
    (message) => {
      reported = signalInput('close', message)?.end ?? reported;
      end = reported;
      render();
    },
    { description: 'The owner is done: undo what is noted, then end.' },
  );
  upsertKnownAttributes(input.settings, {
    KalpaCluster: input.settings.cluster,
    KalpaDatabase: input.subject,
    KalpaOperation: 'guardian',
  });
  render();
  return await CancellationScope.nonCancellable(async () => {
    end = await ownersEnd(input, () => reported);
    render();
    ended = await undoAll(input, notes, end);
    setCurrentDetails(endedPage(input, ended));
    if (reported === undefined) await recordBrokenOff(input, end, ended);
    return ended;
  });
}

function progressOf(notes: Notes, end: OwnerEnd | undefined): Progress {
  const phase = end === undefined ? 'watch' : 'undo';
  return {
    operation: 'guardian',
    phase,
    phases: [
      { name: 'watch', state: phase === 'watch' ? 'running' : 'complete' },
      { name: 'undo', state: phase === 'watch' ? 'waiting' : 'running' },
    ],
    nodes: [],
    message: notes.inOrder().map(describeUndo).join('; '),
  };
}

/** The end reported by the owner, or the one seen by the watch. */
async function ownersEnd(input: GuardianInput, reported: () => OwnerEnd | undefined): Promise<OwnerEnd> {
  const watch = new CancellationScope();
  const seen = watch.run(async () => {
    const { end } = await wait(input.settings, `until ${input.owner.workflowId} has ended`).watchOwner({
      owner: input.owner,
    });
    return end;
  });
  const watched = seen.catch((error: unknown): OwnerEnd => {
    if (isCancellation(error)) return 'failed';
    throw error;
  });
  const first = await Promise.race([condition(() => reported() !== undefined).then(reported), watched]);
  watch.cancel();
  await watched;
  return reported() ?? first ?? 'failed';
}

/** A failing undo must not prevent the others. */
async function undoAll(input: GuardianInput, notes: Notes, end: OwnerEnd): Promise<GuardianResult> {
  const result: GuardianResult = { undone: [], leftovers: [] };
  for (const undo of notes.inOrder()) {
    try {
      const { undone } = await undoing(input.settings, undo).undo({
        undo,
        end,
        guardianId: input.guardianId,
        owner: input.owner,
      });
      if (undone !== undefined) result.undone.push(undone);
      notes.done(undo);
    } catch (error) {
      result.leftovers.push(`${describeUndo(undo)}: ${reasonOf(error)}`);
    }
    setCurrentDetails(page(input, notes, end));
  }
  return result;
}

/**
 * The owner can no longer write its audit record. One of the guardians of its locks writes it; nobody waits if that
 * fails.
 */
async function recordBrokenOff(input: GuardianInput, end: OwnerEnd, cleanedUp: GuardianResult): Promise<void> {
  const { guardianId, owner, settings, subject } = input;
  if (guardianId === clusterGuardianId(settings.cluster)) return;
  try {
    await sideQuestion(settings, 'audit record').recordBrokenOff({ owner, end, database: subject, ...cleanedUp });
  } catch (error) {
    log.warn('no audit record was written', { reason: reasonOf(error) });
  }
}

function page(input: GuardianInput, notes: Notes, end: OwnerEnd | undefined): string {
  const lines = notes.inOrder().map(describeUndo);
  return [
    `**${markdownText(input.subject)} is held by ${markdownText(input.operation)}**`,
    '',
    `Owner: [${markdownText(input.owner.workflowId)}](/namespaces/{namespace}/workflows/${encodeURIComponent(input.owner.workflowId)})${end === undefined ? '' : `, ${end}`}`,
    '',
    end === undefined ? 'Would undo:' : 'Undoes:',
    '',
    ...(lines.length === 0 ? ['nothing'] : lines).map((line) => `- ${markdownText(line)}`),
  ].join('\n');
}
