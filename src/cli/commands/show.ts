import { Option, type Command } from 'commander';
import type { ManifestHeader } from '../../repository';
import { isBackupId } from '../core/backup-argument';
import { defineCommand, READ_EXITS } from '../core/define-command';
import { withCatalogue } from '../core/open-catalogue';
import { Session, type CommandContext } from '../core/session';
import { bytesText, countText, tableText } from '../core/terminal-text';

/** `kalpa show <backup>`: read from the bucket, so it works without Temporal. */
export function showCommand(context: CommandContext): Command {
  const command = defineCommand('show', 'Show what one backup holds; needs no Temporal.', {
    examples: ['kalpa show ysql.orders', 'kalpa show ysql.orders-20261122T020007Z-3fa9c1 --json'],
    exits: READ_EXITS,
  })
    .argument('<backup>', 'a backup id, or ysql.<database> or ycql.<keyspace> for its newest backup')
    .addOption(new Option('--cluster <name>', 'of another cluster in the same repository'));
  return command.action(async (backup: string, { cluster }: { cluster?: string }) => {
    const session = new Session(context, command);
    await withCatalogue(session, cluster, async (catalogue) => {
      const { key, sha256, header } = isBackupId(backup)
        ? await catalogue.read(backup)
        : await catalogue.newest(backup);
      session.print({ ...header, manifest: { key, sha256 } }, () => showText(header, { key, sha256 }));
    });
  });
}

/** A manifest for people. */
export function showText(header: ManifestHeader, manifest: { key: string; sha256: string }): string {
  const { totals } = header;
  const facts: [string, string][] = [
    ['backup', header.backupId],
    ['database', `${header.database} on cluster ${header.cluster}`],
    ['recovery point', header.recoveryPoint],
    [
      'holds',
      `${countText(totals.tables)} tables, ${countText(totals.tablets)} tablets, ${countText(totals.files)} files, ${bytesText(totals.bytes)}`,
    ],
    ['uploaded', `${bytesText(totals.uploadedBytes)}, ${bytesText(totals.reusedBytes)} reused`],
    ...optional('label', header.label),
    ...optional('keep for', header.keepFor),
    ['made by', `Kalpa ${header.kalpaVersion}, YugabyteDB ${header.yugabyteVersion}`],
    ...optional('universe key', header.encryptionKeyId),
    ...optional('roles', header.roles.join(', ')),
    ...optional('tablespaces', header.tablespaces.join(', ')),
    ...optional('extensions', header.extensions.map(({ name }) => name).join(', ')),
    ...optional('invalid indexes', header.invalidIndexes.join(', ')),
    ...optional('refers to', header.refersTo.join(', ')),
    ['manifest', `${manifest.key}  sha256 ${manifest.sha256}`],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  const tables = tableText(
    ['TABLE', 'TABLETS', 'ROWS'],
    header.tables.map(({ schema, name, kind, partitions, rows, notCounted }) => [
      `${schema === undefined ? '' : `${schema}.`}${name}${kind === undefined || kind === 'table' ? '' : ` (${kind})`}`,
      countText(partitions),
      rows === undefined ? (notCounted === undefined ? '' : `not counted: ${notCounted}`) : countText(rows),
    ]),
  );
  return `${facts.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')}\n\n${tables}`;
}

const optional = (name: string, value: string | undefined): [string, string][] =>
  value === undefined || value === '' ? [] : [[name, value]];
