import { has, type Release } from '../releases';

/**
 * The prefix of a failed command's status in yb-admin's output, and the RPC that it names after a time-out. The client
 * uses them too.
 */
interface Failing {
  prefix(args: readonly string[]): string | undefined;
  rpc: string;
}

const bare = (name = ''): string => name.replace(/^(?:ysql|ycql)\./, '');
const none = (): undefined => undefined;

const FAILING: Readonly<Record<string, Failing>> = {
  list_snapshots: { prefix: () => 'Unable to list snapshots', rpc: 'ListSnapshots' },
  create_database_snapshot: {
    prefix: ([name]) => `Unable to create snapshot of database: ${bare(name)}`,
    rpc: 'CreateSnapshot',
  },
  restore_snapshot: { prefix: ([id]) => `Unable to restore snapshot ${id}`, rpc: 'RestoreSnapshot' },
  delete_snapshot: { prefix: ([id]) => `Unable to delete snapshot ${id}`, rpc: 'DeleteSnapshot' },
  export_snapshot: { prefix: ([id, file]) => `Unable to export snapshot ${id} to file ${file}`, rpc: 'ListSnapshots' },
  import_snapshot: { prefix: ([file]) => `Unable to import snapshot meta file ${file}`, rpc: 'ImportSnapshotMeta' },
  import_snapshot_selective: {
    prefix: ([file]) => `Unable to import snapshot meta file ${file}`,
    rpc: 'ImportSnapshotMeta',
  },
  list_tables: { prefix: () => 'Unable to list tables', rpc: 'ListTables' },
  list_tablet_servers: { prefix: ([id]) => `Unable to list tablet servers of tablet ${id}`, rpc: 'GetTabletLocations' },
  ysql_catalog_version: { prefix: () => 'Unable to get catalog version', rpc: 'GetYsqlCatalogConfig' },
  is_encryption_enabled: { prefix: () => 'Unable to get encryption status.', rpc: 'IsEncryptionEnabled' },
  all_masters_have_universe_key_in_memory: {
    prefix: () => 'Unable to check whether master has universe key in memory.',
    rpc: 'HasUniverseKeyInMemory',
  },
  disable_tablet_splitting: {
    prefix: ([, feature]) => `Unable to disable tablet splitting for ${feature}`,
    rpc: 'DisableTabletSplitting',
  },
  is_tablet_splitting_complete: {
    prefix: () => 'Unable to check if tablet splitting is complete',
    rpc: 'IsTabletSplittingComplete',
  },
  list_snapshot_restorations: { prefix: none, rpc: 'ListSnapshotRestorations' },
};

/** A status' message with what the command line adds in front. */
export function withPrefix(operation: string, args: readonly string[], message: string): string {
  const prefix = FAILING[operation]?.prefix(args);
  return prefix === undefined ? message : `${prefix}: ${message}`;
}

/** The text for a reply that did not arrive. */
export function timedOut(
  operation: string,
  args: readonly string[],
  { master, timeoutMs }: { master: string; timeoutMs: number },
): string {
  const rpc = FAILING[operation]?.rpc ?? operation.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());
  const text = `${rpc} RPC (request call id 4) to ${master} timed out after ${(timeoutMs / 1000).toFixed(3)}s`;
  return `Timed out (yb/rpc/outbound_call.cc:489): ${withPrefix(operation, args, text)}`;
}

/** How an error line begins: the old form, which v2.6 may still have, does not name the operation. */
export const errorStart = (release: Release, operation: string): string =>
  has(release, 'errorNamesOperation') ? `Error running ${operation}: ` : 'Error: ';
