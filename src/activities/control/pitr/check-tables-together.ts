import { databasesTogether, type Capabilities, type Entities } from '../../../yugabyte';
import type { Checks } from '../preflight/checks';

/**
 * Old releases can't recover a colocated database to a moment, and accept no snapshot schedule, of keyspaces neither,
 * while any database has tablegroups (`recoversColocated`, `recoversBesideTablegroups` of releases.ts).
 */
export function checkTablesTogether(
  checks: Checks,
  database: string,
  { entities, release }: { entities: Entities; release: Capabilities },
): void {
  const instead = 'Back it up instead, as often as you may lose what was written since (kalpa backup, kalpa schedule).';
  if (!release.recoversColocated && databasesTogether(entities, 'colocated').includes(database))
    checks.add(
      'IncompatibleVersion',
      `${database} is colocated, and YugabyteDB ${release.release} can't recover a colocated database to a moment (possible from 2.14 on, #8259). ${instead}`,
      { database },
    );
  const grouped = release.recoversBesideTablegroups ? [] : databasesTogether(entities, 'tablegroup');
  if (grouped.length > 0)
    checks.add(
      'IncompatibleVersion',
      `${grouped.join(', ')} ${grouped.length === 1 ? 'has' : 'have'} tablegroups, and YugabyteDB ${release.release} has no point-in-time recovery in a cluster with tablegroups (possible from 2.18 on, #11924): its snapshots would never be taken. ${instead}`,
      { databases: grouped },
    );
}
