import { clusterToolSettings } from '../../config';
import { probeOperation, type Capabilities } from '../../yugabyte';
import { Difference } from '../steps';
import type { Chapter } from './chapter';

/**
 * Operations that only some releases have, by the row of the release table that says so. Each is harmless without its
 * arguments.
 */
const OPERATION_OF: Partial<Record<keyof Capabilities, string>> = {
  listsRestorations: 'list_snapshot_restorations',
  listsNamespaces: 'list_namespaces',
  editsSchedules: 'edit_snapshot_schedule',
  importsSelectively: 'import_snapshot_selective',
  clonesDatabases: 'clone_namespace',
  listsChangeDataStreams: 'list_change_data_streams',
  leasesTabletSplitting: 'is_tablet_splitting_complete',
};

/** Asks yb-admin whether it has each operation, and compares the answer with the release table. */
export const capabilitiesChapter: Chapter = async (world) => {
  const { steps, yugabyte, resolved } = world;
  const capabilities = await yugabyte.capabilities();
  for (const [capability, operation] of Object.entries(OPERATION_OF)) {
    await steps.run(
      'releases',
      operation,
      async () => {
        const there = await probeOperation(clusterToolSettings(resolved.config), operation, world.interrupt);
        const expected = Boolean(capabilities[capability as keyof Capabilities]);
        if (there !== undefined && there !== expected)
          throw new Difference(
            `${capability}: the release table says ${expected ? 'yes' : 'no'} for ${await yugabyte.release()}, yb-admin ${there ? 'has it' : 'does not have it'}`,
          );
        return there;
      },
      (there) => (there === undefined ? 'it did not say' : there ? 'there' : 'not there, as expected'),
    );
  }
};
