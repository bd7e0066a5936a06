import { CancellationScope } from '@temporalio/workflow';
import type { Undo } from '../contract';
import { rootFailure } from './failure';
import type { HeldGuardian } from './guarded';

/** Notes how a step is undone, and does it. What was refused leaves nothing to undo: the note is let go at once, and nobody waits for what never was. */
export async function notedStep<T>(
  guardian: Pick<HeldGuardian, 'note' | 'release'>,
  { key, undo }: { key: string; undo: Undo },
  step: () => Promise<T>,
): Promise<T> {
  await guardian.note(key, undo);
  try {
    return await step();
  } catch (error) {
    if (provesNothingMade(error)) await CancellationScope.nonCancellable(() => guardian.release(key));
    throw error;
  }
}

function provesNothingMade(error: unknown): boolean {
  const { details } = (rootFailure(error) ?? {}) as { details?: unknown[] };
  return details?.some((one) => (one as { madeNothing?: boolean } | null)?.madeNothing === true) ?? false;
}
