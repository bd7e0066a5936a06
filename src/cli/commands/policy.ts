import { Argument, type Command } from 'commander';
import type { BucketRole } from '../../repository';
import { defineCommand } from '../core/define-command';
import { modules } from '../core/modules';
import { Session, type CommandContext } from '../core/session';

/** `kalpa policy <role>`. */
export function policyCommand(context: CommandContext): Command {
  const command = defineCommand(
    'policy',
    'Print the permissions that one role needs in the bucket, as an AWS policy.',
    {
      examples: ['kalpa policy node', 'kalpa policy control > control.json'],
      exits: { 0: 'done', 2: undefined },
    },
  ).addArgument(
    new Argument('<role>', 'whose rights').choices(['node', 'control', 'reader', 'janitor'] satisfies BucketRole[]),
  );
  return command.action((role: BucketRole) => {
    const session = new Session(context, command);
    const resolved = session.config();
    const { bucket, prefix, objectLock } = modules.config().storeSettings(resolved);
    const { cluster } = resolved.config;
    const policy = modules
      .repository()
      .bucketPolicy(role, { bucket, prefix, cluster, locks: objectLock !== undefined });
    session.print(policy, () => JSON.stringify(policy, null, 2));
  });
}
