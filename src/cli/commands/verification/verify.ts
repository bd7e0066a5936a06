import { Option, type Command } from 'commander';
import type { VerifyBackupResult } from '../../../contract';
import { DEFAULT_PROVED_WITHIN, PROOF_LEVELS, type ProofLevel } from '../../../contract/verification/proof-levels';
import { given } from '../../../objects/given';
import { bytesText, countText } from '../../../objects/texts';
import { defineCommand, RUN_EXITS } from '../../core/define-command';
import { EXIT } from '../../core/exit-codes';
import { Session, type CommandContext } from '../../core/session';
import { limitsOf, type LimitOptions } from '../../run/limit-options';
import { startAndWatch, withRunOptions, type RunOptions } from '../../run/run-command';

interface Options extends LimitOptions, RunOptions {
  level: ProofLevel;
  provedWithin?: string;
  manifestSha256?: string;
  repair?: boolean;
}

/** `kalpa verify <backup>`. */
export function verifyCommand(context: CommandContext): Command {
  const id = 'ysql.orders-20261122T020007Z-3fa9c1';
  const command = defineCommand('verify', 'Verify that a backup or dump is in the bucket as it was written.', {
    examples: [
      `kalpa verify ${id}`,
      `kalpa verify ${id} --level sizes`,
      `kalpa verify ${id} --repair`,
      `kalpa verify ${id} --proved-within 0s --bytes-per-second 50MB`,
    ],
    exits: { ...RUN_EXITS, 1: 'something is missing or damaged; or it failed or was cancelled, as stderr says' },
  })
    .argument('<backup>', 'id of a backup or dump: kalpa backups, kalpa dumps')
    .addOption(
      new Option(
        '--level <level>',
        'present: everything exists; sizes: with its recorded size; sample: a thirtieth is read; full: every file is read',
      )
        .choices([...PROOF_LEVELS])
        .default('full'),
    )
    .option(
      '--proved-within <duration>',
      `files read more recently than this are not read again (default: ${DEFAULT_PROVED_WITHIN})`,
    )
    .option('--repair', 'replace what is missing or damaged from the cluster, if it still has exactly the same file')
    .option('--manifest-sha256 <hash>', 'only the backup whose manifest has this hash, signed or not')
    .option('--bytes-per-second <size>', 'limit for reading, such as 50MB')
    .option('--parallelism <n>', 'requests in flight');
  withRunOptions(command);
  return command.action(async (backup: string, options: Options) => {
    const { level, provedWithin, manifestSha256, repair } = options;
    const result = await startAndWatch(
      new Session(context, command),
      'verifyBackup',
      { backup, level, ...given({ provedWithin, manifestSha256, repair }), ...limitsOf(options) },
      options,
      verifiedText,
    );
    if (result && result.problems.length > 0) context.exit(EXIT.failed);
  });
}

function verifiedText(result: VerifyBackupResult): string {
  const { backupId, level, objects, bytes, readBytes, provedBytes, problems, record } = result;
  const sizes = `${countText(objects)} objects, ${bytesText(bytes)}`;
  const read = `${bytesText(readBytes)} read, ${bytesText(provedBytes)} proved before`;
  const { repaired, unrepaired = [] } = result;
  const fetched = repaired
    ? [`repaired  ${countText(repaired.files)} files, ${bytesText(repaired.bytes)}, from the cluster`]
    : [];
  if (problems.length === 0) return [`verified  ${backupId}  ${level}: ${sizes}; ${read}`, ...fetched].join('\n');
  return [
    `DAMAGED   ${backupId}  ${level}: ${sizes}; ${read}`,
    ...problems.map((problem) => `problem   ${problem}`),
    ...fetched,
    ...unrepaired.map((why) => `kept      ${why}`),
    `record    ${record.key}`,
  ].join('\n');
}
