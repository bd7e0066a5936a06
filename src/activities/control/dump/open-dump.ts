import type { Chain } from '../../../contract';
import { given } from '../../../objects/given';
import { lockedCluster, writeDumpIntent } from '../../../repository';
import type { Guarded } from '../../internal-types';
import type { ControlDependencies } from '../dependencies';
import { lockOfNew } from '../run/object-lock';
import { writeProtection } from '../run/protected-object';

/** The identity of a dump, the same for every step and every attempt. */
export interface DumpIdentity {
  dumpId: string;
  /** `ysql.orders`, or `ysql` for a whole cluster. */
  subject: string;
  chain: Chain;
  /** Start of the first run, RFC 3339. */
  startedAt: string;
}

export interface OpenDumpInput {
  guarded: Guarded;
  dump: DumpIdentity;
}

/** Writes the protection record, as `writeProtection` says. */
export function makeOpenDump(dependencies: ControlDependencies) {
  return async function openDump({ guarded, dump }: OpenDumpInput): Promise<void> {
    const { dumpId, subject, chain, startedAt } = dump;
    const lock = await lockOfNew(dependencies, { kind: 'dump', database: subject });
    await writeProtection(dependencies, { guarded, chain, startedAt }, (common) =>
      writeDumpIntent(lockedCluster(dependencies.repository, lock), {
        ...{ ...common, dumpId, subject },
        ...given({ lock }),
      }),
    );
  };
}
