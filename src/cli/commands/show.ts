import { Option, type Command } from 'commander';
import type { BackupDetails, BackupEntry, BackupState, ManifestHeader, StoredManifest } from '../../repository';
import { isBackupId } from '../../contract/names';
import { fitText, widthOf } from '../core/fit-text';
import { defineCommand, READ_EXITS } from '../core/define-command';
import { modules } from '../core/modules';
import { didYouMean, didYouMeanDatabase } from '../../contract/fields/nearest-name';
import { checkDatabaseArgument } from '../core/check-database-argument';
import { withCatalogue, type Catalogue } from '../core/open-catalogue';
import { Session, type CommandContext } from '../core/session';
import { onOneLine } from '../core/sanitized-output';
import { fitToContents, Table, type Column } from '../core/table';
import { secondsText } from '../core/terminal-text';
import { rehearsedText, verifiedText } from './backups';
import { decisionsOf, freedText, type BackupFacts } from '../run/backup-facts';
import { given } from '../../objects/given';
import { bytesText, countText } from '../../objects/texts';

/** `kalpa show <backup>`: read from the bucket, so that it works without Temporal. */
export function showCommand(context: CommandContext): Command {
  const command = defineCommand('show', 'Show what one backup contains; needs no Temporal.', {
    examples: ['kalpa show ysql.orders', 'kalpa show ysql.orders-20261122T020007Z-3fa9c1 --json'],
    exits: READ_EXITS,
  })
    .argument('<backup>', 'a backup id, or ysql.<database> or ycql.<keyspace> for its newest backup')
    .addOption(new Option('--cluster <name>', 'another cluster in the same repository'));
  return command.action(async (backup: string, { cluster }: { cluster?: string }) => {
    const session = new Session(context, command);
    await withCatalogue(session, cluster, async (catalogue) => {
      const { entry, stored } = await lookUp(catalogue, backup);
      const details = entry && (await detailsOf(catalogue, entry));
      const facts = stored && (await factsBeside(catalogue, stored.header));
      const at = { now: session.io.now(), width: widthOf(session.io.stdout) };
      if (stored) {
        const { key, sha256, header } = stored;
        const all = { ...(details ?? {}), ...facts, ...header, manifest: { key, sha256 } };
        session.print(all, () => showText(header, { key, sha256 }, { ...details, ...facts }, at));
      } else session.print(details ?? {}, () => noBackupText(details, at));
    });
  });
}

/** The time now, and the width of the screen. */
interface Screen {
  now: Date;
  width: number | undefined;
}

interface FoundBackup {
  /** From listings; absent if only the manifest exists. */
  entry: BackupEntry | undefined;
  /** Absent if it did not become a backup, or was deleted. */
  stored: StoredManifest | undefined;
}

/** A backup by its id, whatever its state, or the newest complete one of a database. */
async function lookUp(catalogue: Catalogue, backup: string): Promise<FoundBackup> {
  if (!isBackupId(backup)) {
    const known = async (): Promise<string[]> => (await catalogue.list()).map(({ database }) => database);
    if (!/^(ysql|ycql)\../s.test(backup)) checkDatabaseArgument(backup, await known());
    try {
      const stored = await catalogue.newest(backup);
      return { stored, entry: await entryOf(catalogue, stored.header.backupId, backup) };
    } catch (error) {
      throw suggesting(error, didYouMeanDatabase(backup, await known()));
    }
  }
  const parsed = modules.repository().parseBackupId(backup);
  const entry = await entryOf(catalogue, backup, parsed?.database);
  if (entry && entry.state !== 'committed') return { entry, stored: undefined };
  try {
    return { entry, stored: await catalogue.read(backup) };
  } catch (error) {
    throw suggesting(
      error,
      didYouMean(
        backup,
        (await catalogue.list()).map(({ backupId }) => backupId),
      ),
    );
  }
}

async function entryOf(catalogue: Catalogue, id: string, database?: string): Promise<BackupEntry | undefined> {
  return (await catalogue.list(database)).find(({ backupId }) => backupId === id);
}

async function detailsOf(catalogue: Catalogue, entry: BackupEntry): Promise<BackupDetails> {
  for await (const details of catalogue.details([entry])) return details;
  return entry;
}

/** An error for something that does not exist, with what was probably meant. */
function suggesting(error: unknown, meant: string): unknown {
  if (meant !== '' && error instanceof Error && (error as { kind?: unknown }).kind === 'NotFound')
    error.message += meant;
  return error;
}

/** Its times, for people: with its duration and its age. */
function timeFacts(
  { startedAt, endedAt, durationSeconds }: Pick<BackupDetails, 'startedAt' | 'endedAt' | 'durationSeconds'>,
  now: Date,
): [string, string][] {
  const age = secondsText(Math.max(0, (now.getTime() - Date.parse(startedAt)) / 1000));
  return [
    ['started', `${startedAt} (${age} ago)`],
    ...optional(
      'ended',
      endedAt && `${endedAt}${durationSeconds === undefined ? '' : ` (took ${secondsText(durationSeconds)})`}`,
    ),
  ];
}

/**
 * Facts that depend on the other backups of the database. Facts that can't be read are omitted: the backup itself is
 * shown anyway.
 */
async function factsBeside(catalogue: Catalogue, { database, backupId }: ManifestHeader): Promise<BackupFacts> {
  try {
    const { Costs } = modules.retention();
    const { holdings, unread } = await catalogue.holdings(database);
    const kept = (await decisionsOf(catalogue, database)).get(backupId);
    // If a manifest can't be read, what its backup needs is unknown.
    const frees = unread.length === 0 ? new Costs(holdings).freedBy([backupId]) : undefined;
    return given({ frees, kept });
  } catch (error) {
    if (modules.repository().isRepositoryError(error)) return {};
    throw error;
  }
}

const keptText = ({ decision, because, goes }: NonNullable<BackupFacts['kept']>): string =>
  decision === 'delete' ? `no more: ${because}` : `${because}${goes === undefined ? '' : `; goes about ${goes}`}`;

/** The last rehearsal, with what it compared. */
function lastRehearsalText({ rehearsed, rehearsal }: Partial<BackupDetails>): string {
  const compared =
    rehearsal && rehearsal.level !== 'objects'
      ? `, ${rehearsal.level}: ${countText(rehearsal.rowsChecked)} rows in ${countText(rehearsal.tablesChecked)} tables`
      : '';
  return `${rehearsedText({ ...given({ rehearsed, rehearsal }) })}${compared}`;
}

const STATES: Record<Exclude<BackupState, 'committed'>, string> = {
  running: 'running, or its run has not yet recorded how it ended: kalpa runs',
  deleted: 'deleted: it can not be restored any more',
  failed: 'failed: it did not become a backup',
  cancelled: 'cancelled: it did not become a backup',
  terminated: 'terminated: it did not become a backup',
  'timed-out': 'timed out: it did not become a backup',
};

/** The state of something that is not a backup. */
function noBackupText(details: BackupDetails | undefined, { now, width }: Screen): string {
  if (!details || details.state === 'committed') return '';
  const { failure, label, keepFor, startedBy, workflowId } = details;
  return factsText(
    [
      ['backup', details.backupId],
      ['database', details.database],
      ['state', STATES[details.state]],
      ...timeFacts(details, now),
      ...optional('reason', failure && `${failure.type}: ${failure.message}`),
      ...optional('label', label),
      ...optional('keep for', keepFor),
      ...optional('run', workflowId),
      ...optional('started by', startedBy),
    ],
    width,
  );
}

/** A line feed in a value must not forge another fact. */
function factsText(facts: [string, string][], width: number | undefined): string {
  const names = Math.max(...facts.map(([name]) => name.length));
  return facts
    .map(([name, value]) => fitText(`${name.padEnd(names)}  ${onOneLine(value)}`, width, names + 2))
    .join('\n');
}

/** A manifest for people. */
function showText(
  header: ManifestHeader,
  manifest: { key: string; sha256: string },
  details: Partial<BackupDetails> & BackupFacts,
  { now, width }: Screen,
): string {
  const { totals } = header;
  const { startedAt, kept, frees } = details;
  const facts: [string, string][] = [
    ['backup', header.backupId],
    ['database', `${header.database} on cluster ${header.cluster}`],
    ['recovery point', header.recoveryPoint],
    ...(startedAt === undefined ? [] : timeFacts({ ...details, startedAt }, now)),
    [
      'holds',
      `${countText(totals.tables)} tables, ${countText(totals.tablets)} tablets, ${countText(totals.files)} files, ${bytesText(totals.bytes)}`,
    ],
    ['uploaded', `${bytesText(totals.uploadedBytes)}, ${bytesText(totals.reusedBytes)} reused`],
    ...optional('frees', frees && `${freedText(frees)} if it is deleted`),
    ...optional('label', header.label),
    ...optional('keep for', header.keepFor),
    ...optional('kept', kept && keptText(kept)),
    ...optional('verified', details.verified && verifiedText(details.verified)),
    ...optional('proved', lastRehearsalText(details)),
    ...optional('run', details.workflowId),
    ...optional('started by', details.startedBy),
    ['made by', `Kalpa ${header.kalpaVersion}, YugabyteDB ${header.yugabyteVersion}`],
    ...optional('universe key', header.encryptionKeyId),
    ...optional('roles', header.roles.join(', ')),
    ...optional('tablespaces', header.tablespaces.join(', ')),
    ...optional('extensions', header.extensions.map(({ name }) => name).join(', ')),
    ...optional('invalid indexes', header.invalidIndexes.join(', ')),
    ...optional(
      'refers to',
      header.refersTo
        .map(({ backupId, files, bytes }) => `${backupId} (${files} files, ${bytesText(bytes)})`)
        .join(', '),
    ),
    ['manifest', `${manifest.key}  sha256 ${manifest.sha256}`],
  ];
  return `${factsText(facts, width)}\n\n${new Table(fitToContents(header.tables, TABLES), width).text(header.tables)}`;
}

const TABLES: Column<ManifestHeader['tables'][number]>[] = [
  {
    title: 'TABLE',
    of: ({ schema, name, kind }) =>
      `${schema === undefined ? '' : `${schema}.`}${name}${kind === undefined || kind === 'table' ? '' : ` (${kind})`}`,
  },
  { title: 'TABLETS', of: ({ partitions }) => countText(partitions) },
  {
    title: 'ROWS',
    of: ({ rows, notCounted, approximate }) =>
      rows === undefined
        ? notCounted === undefined
          ? ''
          : `not counted: ${notCounted}`
        : `${approximate === undefined ? '' : 'about '}${countText(rows)}`,
  },
];

const optional = (name: string, value: string | undefined): [string, string][] =>
  value === undefined || value === '' ? [] : [[name, value]];
