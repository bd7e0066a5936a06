import type { Command } from 'commander';
import type { BackupDetails, BackupEntry } from '../../repository';
import { defineCommand, READ_EXITS } from '../core/define-command';
import type { Column } from '../core/list-printer';
import {
  listFromBucket,
  withBucketListOptions,
  type BucketList,
  type BucketListOptions,
} from '../run/list-from-bucket';
import { Session, type CommandContext } from '../core/session';
import { secondsText } from '../core/terminal-text';
import { freedText, withFacts, type BackupFacts } from '../run/backup-facts';
import { bytesText } from '../../objects/texts';

/** `kalpa backups [database]`: read from the bucket, so that it works without Temporal. */
export function backupsCommand(context: CommandContext): Command {
  const command = defineCommand('backups', 'List the backups in the repository; needs no Temporal.', {
    examples: [
      'kalpa backups',
      'kalpa backups ysql.orders --newest 20',
      'kalpa backups ysql.orders --sizes --kept',
      'kalpa backups ysql.orders --json',
    ],
    exits: READ_EXITS,
  })
    .argument('[database]', 'only backups of ysql.<database> or ycql.<keyspace>')
    .option('--sizes', 'bytes that each has uploaded, shares with others, and would free if deleted')
    .option('--kept', 'which rule of the policies keeps each, who holds it, and when it will go');
  withBucketListOptions(command);
  return command.action(async (database: string | undefined, options: Options) => {
    const session = new Session(context, command);
    const factOptions = {
      ...{ sizes: options.sizes === true, kept: options.kept === true, database },
      onUnread: (ids: readonly string[]) => {
        session.remark(
          `Shared and freed bytes are unknown: the manifest of ${ids[0] ?? ''}${ids.length > 1 ? ` and of ${ids.length - 1} others` : ''} can't be read, so what it refers to is unknown. See kalpa show ${ids[0] ?? ''}.`,
        );
      },
    };
    await listFromBucket(
      session,
      {
        ...BACKUPS,
        details: (catalogue, entries) => withFacts(catalogue, catalogue.details(entries), factOptions),
        columns: (entries) => [
          ...columns(entries),
          ...(factOptions.sizes ? SIZES : []),
          ...(factOptions.kept ? KEPT : []),
          ...LAST,
        ],
      },
      { ...options, database },
    );
  });
}

interface Options extends BucketListOptions {
  sizes?: boolean;
  kept?: boolean;
}

const BACKUPS: Omit<BucketList<BackupEntry, Row>, 'details' | 'columns'> = {
  noun: 'backups',
  list: async (catalogue, database) => await catalogue.list(database),
  databaseOf: ({ database }) => database,
};

type Row = BackupDetails & BackupFacts;

const SIZES: Column<Row>[] = [
  { title: 'NEW', width: 7, of: ({ uploadedBytes: own }) => (own === undefined ? '' : bytesText(own)), more: true },
  {
    title: 'SHARED',
    width: 7,
    of: ({ sharedBytes }) => (sharedBytes === undefined ? '' : bytesText(sharedBytes)),
    more: true,
  },
  { title: 'FREES', width: 9, of: ({ frees }) => (frees === undefined ? '' : freedText(frees)), more: true },
];

const KEPT: Column<Row>[] = [
  {
    title: 'GOES',
    width: 20,
    of: ({ kept }) => (kept?.decision === 'delete' ? 'now' : (kept?.goes ?? '')),
    more: true,
  },
  { title: 'BECAUSE', of: ({ kept }) => kept?.because ?? '', more: true },
];

function columns(entries: readonly BackupEntry[]): Column<Row>[] {
  const widest = (of: (entry: BackupEntry) => string): number =>
    entries.reduce((width, entry) => Math.max(width, of(entry).length), 0);
  return [
    { title: 'BACKUP', width: widest(({ backupId }) => backupId), of: ({ backupId }) => backupId },
    { title: 'STATE', width: 10, of: ({ state, signature }) => signature ?? state },
    { title: 'SIZE', width: 7, of: ({ bytes }) => (bytes === undefined ? '' : bytesText(bytes)) },
    { title: 'TOOK', width: 8, of: ({ durationSeconds: took }) => (took === undefined ? '' : secondsText(took)) },
    { title: 'RECOVERY POINT', width: 27, of: ({ recoveryPoint = '' }) => recoveryPoint, more: true },
    { title: 'DATABASE', width: widest(({ database }) => database), of: ({ database }) => database, more: true },
    { title: 'STARTED', width: 20, of: ({ startedAt }) => startedAt, more: true },
    { title: 'VERIFIED', width: 20, of: ({ verified }) => verifiedText(verified), more: true },
    { title: 'PROVED', width: 20, of: rehearsedText, more: true },
    { title: 'LABEL', width: 8, of: ({ label = '' }) => label, more: true },
    { title: 'KEEP FOR', width: 8, of: ({ keepFor = '' }) => keepFor, more: true },
  ];
}

const LAST: Column<Row>[] = [
  { title: 'STARTED BY', of: ({ startedBy = '' }) => startedBy, more: true },
  { title: 'PROBLEM', of: ({ problem = '' }) => problem, more: true },
];

/** When its restore was last rehearsed, and the result: `restored 2026-11-23 in 41 s`. */
export function rehearsedText({ rehearsed, rehearsal }: Pick<BackupDetails, 'rehearsed' | 'rehearsal'>): string {
  if (!rehearsed) return '';
  const day = rehearsed.at.slice(0, 10);
  if (!rehearsed.ok) return `FAILED ${day}`;
  return `restored ${day}${rehearsal ? ` in ${secondsText(rehearsal.recoveryTimeSeconds)}` : ''}`;
}

/** The level, the result if it failed, and the date: `full 2026-11-23`. */
export function verifiedText(verified: BackupEntry['verified']): string {
  if (!verified) return '';
  return `${verified.level}${verified.ok ? '' : ' FAILED'} ${verified.at.slice(0, 10)}`;
}
