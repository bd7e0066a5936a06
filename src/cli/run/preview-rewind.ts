import type { RecoverToPointInTimeInput } from '../../contract';
import type { Session } from '../core/session';

export interface RewindLoss {
  /** The moment, as the run resolved it. */
  to: string;
  /** One sentence: what would be lost, and what stays. */
  loss: string;
  details: readonly unknown[];
}

/**
 * What a rewind would lose, from the run's refusal of an unconfirmed rewind, which changes nothing. Any other failure
 * is thrown.
 */
export async function previewRewind(session: Session, input: RecoverToPointInTimeInput): Promise<RewindLoss> {
  session.remark(`Looking up what a rewind of ${input.database} would lose; this changes nothing.`);
  return await session.withClient(async (client) => {
    try {
      await client.run('recoverToPointInTime', input);
    } catch (error) {
      const found = lossOf(error);
      if (found) return found;
      throw error;
    }
    throw new Error(`${input.database} was rewound without a confirmation: this is a bug in Kalpa.`);
  });
}

/** Recognised by its fields, not by class: the client is loaded only when used. */
function lossOf(error: unknown): RewindLoss | undefined {
  const { type, details } = error as { type?: unknown; details?: unknown };
  if (type !== 'DataLossNotConfirmed' || !Array.isArray(details)) return undefined;
  const { to, loss } = (details[0] ?? {}) as { to?: unknown; loss?: unknown };
  return typeof to === 'string' && typeof loss === 'string' ? { to, loss, details } : undefined;
}
