import { bareName, chainTag, formatMicros, instantMicros, type Chain } from '../../../contract';
import { given } from '../../../objects/given';
import {
  isFutureDated,
  listBackups,
  parseBackupId,
  readTrustedWithoutLists,
  verdictOf,
  type ClusterStore,
} from '../../../repository';
import { failWith } from '../../application-failure';
import type { ControlDependencies } from '../dependencies';
import { findBackup, momentsOf, type RestorableBackup } from '../lookup/find-backup';
import { definePreflight } from '../preflight/define-preflight';
import { scratchName } from '../undo/snapshot-candidates';
import { shuffled, randomMoment } from './seeded-random';

export interface ChooseRehearsalInput {
  chain: Chain;
  database: string;
  /** Id of a backup; without one, a random one of the database. */
  backup?: string;
  /** A moment inside the history of one, or any moment. */
  to?: string;
  keep?: boolean;
}

export interface ChosenRehearsal {
  backup: RestorableBackup;
  /**
   * Bare name of what is restored: with `keep` its final name, otherwise that of a scratch database that only this run
   * uses.
   */
  name: string;
}

/**
 * Chooses what is restored. Random, but derived from the run's own id: an attempt whose answer was lost chose the same,
 * and a replay reads it from the history.
 */
export const makeChooseRehearsal = definePreflight<ChooseRehearsalInput, ChosenRehearsal>({
  subject: ({ database }) => `The rehearsal of ${database}`,
  ask: async (checks, input) => await checks.look(undefined, async (clients) => await chooseBackup(clients, input)),
});

/** What a run with this id chooses. */
export async function chooseBackup(
  clients: Pick<ControlDependencies, 'repository' | 'config'>,
  { chain, database, backup: wanted, to, keep }: ChooseRehearsalInput,
): Promise<ChosenRehearsal> {
  if (wanted !== undefined) confirmOf(database, wanted);
  const anyMoment = to === 'random';
  const found =
    wanted === undefined && (to === undefined || anyMoment)
      ? await byChance(clients.repository, { chain, database, anyMoment })
      : await named(clients.repository, { chain, backup: wanted, database, to, anyMoment });
  const backup = await findBackup(clients, { chain, backup: found.backup, ...given({ to: found.to }) });
  const warnings = [...found.passedOver, ...(backup.warnings ?? [])].slice(0, MAX_WARNINGS);
  return {
    backup: { ...backup, ...(warnings.length > 0 ? { warnings } : {}) },
    name: keep
      ? retainedName(bareName(database), chainTag(chain))
      : scratchName(backup.backupId, chain.firstExecutionRunId),
  };
}

const MAX_WARNINGS = 5;

interface Chosen {
  backup: string | { database: string };
  to?: string;
  passedOver: string[];
}

/** The one that the caller names, or one that has the moment. */
async function named(
  repository: ClusterStore,
  request: {
    chain: Chain;
    backup: string | undefined;
    database: string;
    to: string | undefined;
    anyMoment: boolean;
  },
): Promise<Chosen> {
  const { chain, backup, database, to, anyMoment } = request;
  if (backup === undefined || !anyMoment)
    return { backup: backup ?? { database }, ...given({ to: anyMoment ? undefined : to }), passedOver: [] };
  const read = await readTrustedWithoutLists(repository, backup);
  // A backup that can't be read is refused where it is looked up, with what is wrong.
  if (typeof read === 'string') return { backup, passedOver: [] };
  return { backup, to: randomInstant(momentsOf(read.header), chain), passedOver: [] };
}

/** A complete backup that is trusted and not proved bad. */
async function byChance(
  repository: ClusterStore,
  { chain, database, anyMoment }: { chain: Chain; database: string; anyMoment: boolean },
): Promise<Chosen> {
  const now = await repository.store.serverTime();
  const committed = (await listBackups(repository, { database })).filter(({ state }) => state === 'committed');
  const passedOver: string[] = [];
  for (const entry of shuffled(committed, seedOf(chain), ({ backupId }) => backupId)) {
    const { backupId } = entry;
    const read = await readTrustedWithoutLists(repository, backupId);
    if (typeof read === 'string') passedOver.push(`${backupId} was skipped: ${read}`);
    else if (isFutureDated(entry, now))
      passedOver.push(`${backupId} was skipped: it is dated after the store's clock, so find out who wrote it.`);
    else if ((await verdictOf(repository, entry)).verdict?.ok === false)
      passedOver.push(`${backupId} was skipped: it is known to be damaged.`);
    else
      return {
        backup: backupId,
        ...(anyMoment ? { to: randomInstant(momentsOf(read.header), chain) } : {}),
        passedOver,
      };
  }
  const others = passedOver.length === 0 ? '' : ` ${passedOver.length} were skipped, the first: ${passedOver[0]}`;
  throw failWith(
    'NotFound',
    `There is no complete backup of ${database} of cluster ${repository.cluster} in ${repository.store.location} to rehearse.${others} List what there is: kalpa backups.`,
    [{ database }],
  );
}

/** RFC 3339, one of the moments that a backup holds. */
function randomInstant({ from, to }: { from: string; to: string }, chain: Chain): string {
  const range = { from: BigInt(instantMicros(from) ?? ''), to: BigInt(instantMicros(to) ?? '') };
  return formatMicros(String(randomMoment(range, seedOf(chain))));
}

const seedOf = ({ workflowId, firstExecutionRunId }: Chain): string => `${workflowId}\n${firstExecutionRunId}`;

/** A rehearsal of one database is no proof for another. */
function confirmOf(database: string, backup: string): void {
  const made = parseBackupId(backup)?.database;
  if (made === undefined || made === database) return; // an invalid id is refused where it is looked up
  throw failWith(
    'InvalidInput',
    `rehearseRestore refused its input, nothing was changed: backup: given ${backup}, which is of ${made}; allowed a backup of ${database}. List them: kalpa backups ${database}.`,
    [{ field: 'backup', given: backup, allowed: `a backup of ${database}` }],
  );
}

const MAX_NAME_BYTES = 63;

/** `orders_rehearsed_3fa9c1`: listed, not hidden as scratch databases are. */
export function retainedName(name: string, tag: string): string {
  const suffix = `_rehearsed_${tag}`;
  let start = name;
  while (Buffer.byteLength(start + suffix) > MAX_NAME_BYTES) start = Array.from(start).slice(0, -1).join('');
  return start + suffix;
}
