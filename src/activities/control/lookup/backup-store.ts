import {
  readArtefact,
  readBackup,
  type ArtefactKind,
  type ClusterStore,
  type ManifestHeader,
} from '../../../repository';
import { failWith } from '../../application-failure';
import type { ControlDependencies } from '../dependencies';
import type { RestorableBackup } from './find-backup';

/** The repository of the cluster that made a backup. */
export const storeOf = (
  { repository }: Pick<ControlDependencies, 'repository'>,
  backup: RestorableBackup,
): ClusterStore => ({
  ...repository,
  cluster: backup.cluster,
});

/** The header of the manifest that the restore began with; a different manifest under its key is refused. */
export async function headerOf(
  dependencies: Pick<ControlDependencies, 'repository'>,
  backup: RestorableBackup,
): Promise<ManifestHeader> {
  return (await readBackup(storeOf(dependencies, backup), backup.backupId, backup.manifestSha256)).header;
}

/** An artefact's content, checked against the manifest's hash. */
export async function artefactOf(
  dependencies: Pick<ControlDependencies, 'repository'>,
  backup: RestorableBackup,
  header: ManifestHeader,
  kind: ArtefactKind,
): Promise<Buffer> {
  const ref = header.artefacts.find((one) => one.kind === kind);
  if (!ref)
    throw failWith('ManifestInvalid', `The manifest of ${backup.backupId} names no ${kind}. Use another backup.`);
  return await readArtefact(storeOf(dependencies, backup), ref);
}
