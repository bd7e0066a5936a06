import type { ControlDependencies } from '../dependencies';
import { makeCommitDump } from './commit-dump';
import { makeConfirmKeyspace, makeDumpKeyspace, makeDumpTable } from './dump-keyspace';
import { makeDumpText } from './dump-text';
import { makeOpenDump } from './open-dump';
import { makePreflightDump } from './preflight-dump';

export function createDumpActivities(dependencies: ControlDependencies) {
  return {
    commitDump: makeCommitDump(dependencies),
    confirmKeyspace: makeConfirmKeyspace(dependencies),
    dumpKeyspace: makeDumpKeyspace(dependencies),
    dumpTable: makeDumpTable(dependencies),
    dumpText: makeDumpText(dependencies),
    openDump: makeOpenDump(dependencies),
    preflightDump: makePreflightDump(dependencies),
  };
}
