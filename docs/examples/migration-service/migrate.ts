import { KalpaFailure, type KalpaClient } from 'kalpa';
import { rollBack, takeRecoveryPoint, type RecoveryPoint } from './recovery-point';

/** A change of a database that must be there as a whole or not at all. */
export interface Migration {
  /** Names the migration for good: asked for twice, it takes one recovery point. */
  id: string;
  /** As Kalpa writes it: `ysql.orders`. */
  database: string;
  /** Does the work and closes its connections: a rewind ends every session. */
  apply: () => Promise<void>;
}

/** How a migration ended. */
export type Outcome =
  | { state: 'migrated'; recoveryPoint: RecoveryPoint }
  | { state: 'not started'; error: string; link?: string }
  | { state: 'rolled back'; by: 'rewind' | 'snapshot'; to: string; error: string }
  | { state: 'NOT rolled back'; recoveryPoint: RecoveryPoint; error: string; rollBackError: string; link?: string };

/** Runs a migration behind a recovery point; when it fails, the database is put back to it. */
export async function migrate(kalpa: KalpaClient, { id, database, apply }: Migration): Promise<Outcome> {
  let point: RecoveryPoint;
  try {
    point = await takeRecoveryPoint(kalpa, database, id);
  } catch (error) {
    return { state: 'not started', error: messageOf(error), ...linkOf(error) }; // without a way back nothing is tried
  }
  try {
    await apply();
    return { state: 'migrated', recoveryPoint: point };
  } catch (error) {
    return await undo(kalpa, id, point, messageOf(error));
  }
}

async function undo(kalpa: KalpaClient, id: string, point: RecoveryPoint, error: string): Promise<Outcome> {
  try {
    const by = await rollBack(kalpa, point, id);
    return { state: 'rolled back', by, to: point.moment, error };
  } catch (failure) {
    // A person has to look; the snapshot is still there, and the message says what to do next.
    return {
      state: 'NOT rolled back',
      recoveryPoint: point,
      error,
      rollBackError: messageOf(failure),
      ...linkOf(failure),
    };
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const linkOf = (error: unknown): { link?: string } =>
  error instanceof KalpaFailure && error.run?.link ? { link: error.run.link } : {};
