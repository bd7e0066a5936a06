import { UnknownVersion } from './errors';

/**
 * What the tools of a release accept and print. Differences are data: no other file asks for a version.
 * Sources: yb-admin's sources of 2020 to 2026 and the manuals of 2.6 and later; releases are inferred from their content.
 */
export interface Capabilities {
  /** First release of this row; also its name. */
  readonly since: string;
  /** `list_snapshots JSON`. */
  readonly listsSnapshotsAsJson: boolean;
  /** `list_snapshot_restorations`; without it, the lower half of `list_snapshots`. */
  readonly listsRestorations: boolean;
  /**
   * Retention hours of `create_database_snapshot`: never; `probe`: its usage text and its code have disagreed, so it is given
   * and, when the arguments are refused (which happens before any RPC), left out.
   */
  readonly databaseRetention: 'no' | 'probe';
  /** The cluster deletes snapshots by itself, after 24 hours unless told otherwise. */
  readonly snapshotsExpire: boolean;
  /** `list_tablets … JSON include_followers`. */
  readonly listsTabletsAsJson: boolean;
  /** `disable_tablet_splitting`, `is_tablet_splitting_complete`. */
  readonly leasesTabletSplitting: boolean;
  /** `list_namespaces`. */
  readonly listsNamespaces: boolean;
  /** `ysql_catalog_version [ysql.]<database>`. */
  readonly catalogVersionOfDatabase: boolean;
  /** `delete_snapshot_schedule`. */
  readonly deletesSchedules: boolean;
  /** `edit_snapshot_schedule`. */
  readonly editsSchedules: boolean;
  /** A rewind of a YSQL database reverts its schema too; in 2.6 it reverts data only. */
  readonly rewindsYsqlSchema: boolean;
  /** `import_snapshot_selective`. */
  readonly importsSelectively: boolean;
  /** `clone_namespace`, `list_clones`. */
  readonly clonesDatabases: boolean;
  /** `list_change_data_streams`. */
  readonly listsChangeDataStreams: boolean;
}

const V26: Capabilities = {
  since: '2.6',
  listsSnapshotsAsJson: false,
  listsRestorations: false,
  databaseRetention: 'no',
  snapshotsExpire: false,
  listsTabletsAsJson: false,
  leasesTabletSplitting: false,
  listsNamespaces: false,
  catalogVersionOfDatabase: false,
  deletesSchedules: false,
  editsSchedules: false,
  rewindsYsqlSchema: false,
  importsSelectively: false,
  clonesDatabases: false,
  listsChangeDataStreams: false,
};
const V28: Capabilities = {
  ...V26,
  since: '2.8',
  listsSnapshotsAsJson: true,
  listsRestorations: true,
  deletesSchedules: true,
};
const V214: Capabilities = {
  ...V28,
  since: '2.14',
  listsTabletsAsJson: true,
  leasesTabletSplitting: true,
  listsNamespaces: true,
  editsSchedules: true,
  rewindsYsqlSchema: true,
  listsChangeDataStreams: true,
};
const V219: Capabilities = { ...V214, since: '2.19', importsSelectively: true };
const V2024: Capabilities = {
  ...V219,
  since: '2024.1',
  databaseRetention: 'probe',
  snapshotsExpire: true,
  clonesDatabases: true,
};
const V2025: Capabilities = { ...V2024, since: '2025.1' };
const V2026: Capabilities = { ...V2025, since: '2026.1', catalogVersionOfDatabase: true };

/** Oldest first. Preview releases (2.21, 2.25, …) precede the stable release of the same code. */
const ROWS: readonly (readonly [from: string, capabilities: Capabilities])[] = [
  ['2.6', V26],
  ['2.8', V28],
  ['2.14', V214],
  ['2.19', V219],
  ['2.21', V2024],
  ['2.25', V2025],
  ['2024.1', V2024],
  ['2025.1', V2025],
  ['2026.1', V2026],
];

/** Every row once, oldest first. */
export const RELEASE_ROWS: readonly Capabilities[] = [V26, V28, V214, V219, V2024, V2025, V2026];

/** What a release such as `2.6.20.0` or `2025.1.1.0` can do; a release newer than the newest row uses that row. */
export function capabilitiesOf(version: string, tool = 'yb-admin'): Capabilities {
  if (!/^\d+(\.\d+)+$/.test(version)) throw new UnknownVersion(tool, version, 'its version could not be read');
  const row = ROWS.findLast(([from]) => compareVersions(version, from) >= 0);
  if (!row)
    throw new UnknownVersion(tool, version, `version ${version} is older than 2.6, the oldest that Kalpa knows`);
  return row[1];
}

/** Negative when `a` is the older release. Missing parts count as 0, a build suffix (`-b100`) is ignored. */
export function compareVersions(a: string, b: string): number {
  const parts = (text: string): number[] => (text.split('-')[0] ?? '').split('.').map(Number);
  const [left, right] = [parts(a), parts(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
