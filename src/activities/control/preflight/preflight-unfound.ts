import { failWith, failWithFindings } from '../../application-failure';
import type { NodeState } from '../../shapes';
import { checkCluster } from './check-cluster';
import { checkStore } from './check-store';
import type { ControlDependencies } from '../dependencies';
import { makeFindBackup, type FindBackupInput } from '../find-backup';
import { Findings } from './findings';
import { checkNodes } from './preflight-restore';

export interface PreflightUnfoundInput {
  find: FindBackupInput;
  nodes: NodeState[];
  /** Why the masters could not list the nodes. */
  unlisted?: string;
}

/** A restore whose backup was not found: refused together with everything else that is wrong. Always fails. */
export function makePreflightUnfound(dependencies: ControlDependencies) {
  const findBackup = makeFindBackup(dependencies);
  return async function preflightUnfound({ find, nodes, unlisted }: PreflightUnfoundInput): Promise<never> {
    const findings = new Findings();
    const [, store] = await Promise.all([
      checkCluster(dependencies.yugabyte(), findings, { unlisted }),
      checkStore(dependencies, findings),
    ]);
    checkNodes(nodes, findings);
    if (store) await findings.check(undefined, async () => await findBackup(find));
    throw (
      failWithFindings('The restore', findings.list) ??
      failWith(
        'StoreUnavailable',
        'The backup could not be read a moment ago, and can be now. Start the restore again.',
      )
    );
  };
}
