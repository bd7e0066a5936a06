import type { Command } from 'commander';
import type { ResolvedConfig } from '../../../config';
import { defineCommand } from '../../core/define-command';
import { withCatalogue, type RecordedPolicies } from '../../core/open-catalogue';
import { Session, type CommandContext } from '../../core/session';
import { textsInOneLine } from '../../core/sanitized-output';
import { countText } from '../../../objects/texts';
import { given } from '../../../objects/given';
import { SCHEDULE_EXITS, withSchedules } from '../schedule/with-schedules';

/** What was restored for a cluster. */
interface Adopted {
  cluster: string;
  backups: number;
  databases: number;
  dumps: number;
  newestBackup?: string;
  policies?: { recordedAt: string; sameAsHere: boolean };
  /** Created again, paused. */
  restored: string[];
  /** Already in this Temporal; left unchanged. */
  present: string[];
}

/** `kalpa adopt`: what a new Temporal on a new machine needs from the bucket. */
export function adoptCommand(context: CommandContext): Command {
  const command = defineCommand(
    'adopt',
    'Continue with a cluster on a new Temporal: restore its schedules from the bucket, paused.',
    { examples: ['kalpa adopt'], exits: SCHEDULE_EXITS },
  );
  return command.action(async () => {
    const session = new Session(context, command);
    const resolved = session.config();
    const found = await withCatalogue(session, undefined, async (catalogue) => {
      const backups = (await catalogue.list()).filter(({ state }) => state === 'committed');
      const dumps = (await catalogue.dumps()).filter(({ state }) => state === 'committed');
      return { backups, dumps, policies: await catalogue.policies(), where: catalogue.where };
    });
    const schedules = await withSchedules(session, async (all) => await all.restore({ paused: true }));
    const adopted: Adopted = {
      cluster: resolved.config.cluster,
      backups: found.backups.length,
      databases: new Set(found.backups.map(({ database }) => database)).size,
      dumps: found.dumps.length,
      ...given({ newestBackup: found.backups.at(-1)?.backupId, policies: comparedWith(resolved, found.policies) }),
      ...schedules,
    };
    session.print(adopted, () => adoptedText(textsInOneLine(adopted), found.where, resolved));
  });
}

function comparedWith({ config }: ResolvedConfig, recorded: RecordedPolicies | undefined): Adopted['policies'] {
  if (!recorded) return undefined;
  return { recordedAt: recorded.at, sameAsHere: sorted(config.policies ?? {}) === sorted(recorded.policies) };
}

/** The same text for the same content, whatever the order of its keys. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}

function adoptedText(adopted: Adopted, where: string, resolved: ResolvedConfig): string {
  const { backups, databases, dumps, newestBackup, restored, present } = adopted;
  const paused = restored.map((id) => `restored  ${id}, paused: kalpa schedule resume ${id}`);
  return [
    `adopted   ${where}`,
    `backups   ${countText(backups)} of ${countText(databases)} databases${newestBackup === undefined ? '' : `, the newest ${newestBackup}`}; dumps ${countText(dumps)}`,
    `policies  ${policiesText(adopted.policies, resolved)}`,
    ...(paused.length + present.length === 0 ? ['schedules none are recorded'] : paused),
    ...present.map((id) => `present   ${id}, left as it is`),
  ].join('\n');
}

function policiesText(policies: Adopted['policies'], { config }: ResolvedConfig): string {
  if (!policies)
    return config.policies
      ? 'none are recorded; retention will record those of kalpa.yaml'
      : 'none: everything is kept';
  const { recordedAt, sameAsHere } = policies;
  if (sameAsHere) return `as recorded at ${recordedAt}`;
  return config.policies
    ? `kalpa.yaml has others than were recorded at ${recordedAt}; retention will record those of kalpa.yaml`
    : `those of ${recordedAt} hold; kalpa.yaml has none`;
}
