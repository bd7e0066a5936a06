import type { Command } from 'commander';
import type { DumpDetails, DumpEntry } from '../../repository';
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
import { bytesText, countText } from '../../objects/texts';
import { verifiedText } from './backups';

/** `kalpa dumps [database]`: read from the bucket, so that it works without Temporal. */
export function dumpsCommand(context: CommandContext): Command {
  const command = defineCommand('dumps', 'List the logical dumps in the repository; needs no Temporal.', {
    examples: ['kalpa dumps', 'kalpa dumps ysql.orders --json'],
    exits: READ_EXITS,
  }).argument('[database]', 'only dumps of ysql.<database>, or ysql for those of the whole cluster');
  withBucketListOptions(command);
  return command.action(async (database: string | undefined, options: BucketListOptions) => {
    await listFromBucket(new Session(context, command), DUMPS, { ...options, database });
  });
}

const DUMPS: BucketList<DumpEntry, DumpDetails> = {
  noun: 'dumps',
  list: async (catalogue, database) => await catalogue.dumps(database),
  databaseOf: ({ subject }) => subject,
  also: ['ysql', 'ycql'],
  details: (catalogue, entries) => catalogue.dumpDetails(entries),
  columns,
};

function columns(entries: readonly DumpEntry[]): Column<DumpDetails>[] {
  const idWidth = entries.reduce((width, { dumpId }) => Math.max(width, dumpId.length), 0);
  return [
    { title: 'DUMP', width: idWidth, of: ({ dumpId }) => dumpId },
    { title: 'STATE', width: 10, of: ({ state, signature }) => signature ?? state },
    { title: 'SIZE', width: 7, of: ({ bytes }) => (bytes === undefined ? '' : bytesText(bytes)) },
    { title: 'TOOK', width: 8, of: ({ durationSeconds: took }) => (took === undefined ? '' : secondsText(took)) },
    { title: 'ROWS', width: 12, of: ({ rows }) => (rows === undefined ? '' : countText(rows)), more: true },
    { title: 'OF', width: 12, of: ({ subject }) => subject, more: true },
    { title: 'STARTED', width: 20, of: ({ startedAt }) => startedAt, more: true },
    { title: 'VERIFIED', width: 20, of: ({ verified }) => verifiedText(verified), more: true },
    { title: 'STARTED BY', of: ({ startedBy = '' }) => startedBy, more: true },
    { title: 'PROBLEM', of: ({ problem = '' }) => problem, more: true },
  ];
}
