import { cancellationSignal } from '@temporalio/activity';
import { KALPA_VERSION } from '../../../config';
import type { Chain } from '../../../contract';
import { given } from '../../../objects/given';
import { FORMAT, isDeleted, registerCluster, tooLate, type BackupKind } from '../../../repository';
import { startedBy } from '../../../schedules';
import { getUniverseConfig, type UniverseConfig } from '../../../yugabyte';
import { failWith } from '../../application-failure';
import { makingByCommand } from '../../made-nothing';
import type { Guarded } from '../../internal-types';
import type { ControlDependencies } from '../dependencies';
import { confirmGuardians } from '../lock/guardian-state';

/** What the protection records of backups and dumps have in common. */
export interface Protection {
  format: typeof FORMAT;
  cluster: string;
  workflowId: string;
  firstRunId: string;
  startedAt: string;
  kalpaVersion: string;
  startedBy?: string;
}

/**
 * Registers the cluster and writes the protection record before any data. A record written by an earlier attempt is
 * ours.
 */
export async function writeProtection(
  dependencies: ControlDependencies,
  { guarded, chain, startedAt }: { guarded: Guarded; chain: Chain; startedAt: string },
  write: (common: Protection) => Promise<unknown>,
): Promise<void> {
  await makingByCommand(async (command) => {
    await confirmGuardians(dependencies, guarded);
    const { client, config, repository } = dependencies;
    await registerCluster(repository, universeIdOf(await universeOf(dependencies), config.cluster));
    const common: Protection = {
      format: FORMAT,
      cluster: config.cluster,
      workflowId: chain.workflowId,
      firstRunId: chain.firstExecutionRunId,
      startedAt,
      kalpaVersion: KALPA_VERSION,
      ...given({ startedBy: await startedBy(client, chain) }),
    };
    await command(() => write(common));
  });
}

/**
 * What a backup refers to, and what it or a dump has written itself, is kept for as long as a run may last, and no
 * longer: after that it is not committed. Fault 77.
 */
export async function confirmProtectedUntilEnd(
  { repository, timing }: Pick<ControlDependencies, 'repository' | 'timing'>,
  { kind, id }: { kind: BackupKind; id: string },
): Promise<void> {
  const late = await tooLate(
    repository,
    { kind, id },
    { maxRunTimeMs: timing.maxRunTime, isDeleted: async () => await isDeleted(repository, kind, id) },
  );
  if (late !== undefined)
    throw failWith(
      'PromiseBroken',
      `${id} was not committed: ${late}. Start a new ${kind}; if one takes that long, raise timing.maxRunTime (and deletionGrace above it) on every control worker and janitor.`,
    );
}

/** What the manifests of backups and dumps have in common: what made them, and of which cluster. */
interface Origin {
  format: typeof FORMAT;
  cluster: string;
  universeId: string;
  yugabyteVersion: string;
  /** The first release with the abilities of this one. */
  dialect: string;
  kalpaVersion: string;
}

export async function originOf(
  dependencies: ControlDependencies,
): Promise<{ universe: UniverseConfig; origin: Origin }> {
  const { config } = dependencies;
  const yugabyte = dependencies.yugabyte();
  const universe = await universeOf(dependencies);
  return {
    universe,
    origin: {
      format: FORMAT,
      cluster: config.cluster,
      universeId: universeIdOf(universe, config.cluster),
      yugabyteVersion: await yugabyte.release(),
      dialect: (await yugabyte.capabilities()).since,
      kalpaVersion: KALPA_VERSION,
    },
  };
}

/** A manifest as the result of a run names it: by its full key in the bucket, with the repository's prefix. */
export function manifestRef(
  { config }: Pick<ControlDependencies, 'config'>,
  { key, sha256 }: { key: string; sha256: string },
): { key: string; sha256: string } {
  const prefix = config.repository.url.replace(/^s3:\/\/[^/]+\/?/, '');
  return { key: `${prefix}/${key}`.replace(/^\//, ''), sha256 };
}

const universeOf = async ({ yugabyte }: ControlDependencies): Promise<UniverseConfig> =>
  await yugabyte().run(getUniverseConfig, {}, { signal: cancellationSignal() });

/** Tells two clusters of the same name apart; a cluster that reports no id is known by its name. */
const universeIdOf = ({ universeUuid, clusterUuid }: UniverseConfig, cluster: string): string =>
  universeUuid ?? clusterUuid ?? cluster;
