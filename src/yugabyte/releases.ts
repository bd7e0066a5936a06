import { UnknownVersion } from './errors';

/**
 * How a fact about releases is known. `sources`: from reading the code of the releases around it; `manual`: from the
 * manual or the release notes; `transcript`: from a user's output of that release; `inferred`: from neighbouring
 * releases, so it may be slightly off.
 */
type Knowledge = 'sources' | 'manual' | 'transcript' | 'inferred';

/** Something that YugabyteDB's tools or pages can do from some release on. */
interface Capability {
  /** In the tool's own words. */
  readonly what: string;
  /** The first release that has it; then the first releases of older branches that got it later. */
  readonly from: readonly [first: string, ...older: string[]];
  readonly known: Knowledge;
  /** Where this was read: commits and files of yugabyte/yugabyte-db, issues (#), the manual, users' outputs. */
  readonly source: string;
  /** What Kalpa does in releases without it. */
  readonly without: string;
}

/** What is decided by the release of yb-admin, because it must be known before a command is run. */
export const CAPABILITIES = {
  listsSnapshotsAsJson: {
    what: '`list_snapshots JSON`',
    from: ['2.8.0.0'],
    known: 'inferred',
    source:
      'yb-admin_client_ent.cc of late 2021 has it, and a maintainer names it on 5 October 2021 (#10171); the manual of 2.6 has not, nor has yb-admin_cli_ent.cc at 41a5225afc of spring 2021. Which release was the first could not be read: the sources at hand are of single commits, without their versions',
    without: 'the table is read',
  },
  listsRestorations: {
    what: '`list_snapshot_restorations`',
    from: ['2.8.0.0'],
    known: 'inferred',
    source:
      '41a5225afc adds it (named by pull request #18217), after snapshot schedules (March 2021, #7126) and before `delete_snapshot_schedule`, which 2.6.0 has: so 2.6 has it too, unless only the latter was carried to its branch. No manual or output of 2.6 shows it, and the lower half of `list_snapshots` says the same there',
    without: 'the lower half of `list_snapshots` is read',
  },
  editsSchedules: {
    what: '`edit_snapshot_schedule`',
    from: ['2.15.3.0'],
    known: 'sources',
    source: '8dc2538378 (#8417); not in the branch of 2.14',
    without: 'other intervals are refused: disable it and enable it again, which loses the history that is kept',
  },
  rewindsYsqlSchema: {
    what: 'a rewind of a YSQL database reverts its schema too',
    from: ['2.14.0.0'],
    known: 'manual',
    source: 'manual of 2.6: “YSQL reverts data only”; manual of 2.14 and later',
    without: 'a rewind over a change of the schema is refused',
  },
  recoversColocated: {
    what: 'point-in-time recovery of a colocated database',
    from: ['2.14.0.0'],
    known: 'manual',
    source:
      'manual of 2.12: “databases with colocated tables cannot be restored to a previous point in time” (#8259), and that of 2.14 no longer; 4443d06d0c (#11924 names it)',
    without: 'enabling it and recovering are refused; backups and dumps of such a database are made',
  },
  recoversBesideTablegroups: {
    what: 'point-in-time recovery in a cluster with tablegroups',
    from: ['2.18.0.0'],
    known: 'manual',
    source:
      'manuals of 2.14 and 2.16: a schedule is refused in a cluster with tablegroups (#11924, #12484: no snapshot was ever taken, and statements of other databases timed out); that of 2.18 no longer says so',
    without: 'enabling it and recovering are refused while any database has a tablegroup',
  },
  snapshotsTablegroups: {
    what: 'snapshots of a database with tablegroups',
    from: ['2.16.0.0'],
    known: 'inferred',
    source:
      '#11632: seen in March and August 2022 (“Table with identifier ….colocated.parent.uuid not found”), with no release named that has it',
    without: 'nothing is assumed: the master is asked, and its refusal is explained; dumps of such a database are made',
  },
  takesRetention: {
    what: 'hours of retention for `create_keyspace_snapshot` and `create_database_snapshot`',
    from: ['2.21.0.0'],
    known: 'sources',
    source:
      '70ec74a87e, yb-admin_cli.cc of 2024; whether a release of 2.20 got it was not looked up. For databases usage and code disagree there: it is given, and left out when the arguments are refused',
    without: 'snapshots are kept until they are deleted',
  },
  snapshotsExpire: {
    what: 'snapshots end by themselves, after 24 hours unless told otherwise',
    from: ['2.21.0.0'],
    known: 'sources',
    source: '70ec74a87e, catalog_manager_ext.cc (`default_snapshot_retention_hours`)',
    without: 'nothing: they are deleted by their run',
  },
  leasesTabletSplitting: {
    what: '`disable_tablet_splitting`, `is_tablet_splitting_complete`',
    from: ['2.14.0.0'],
    known: 'transcript',
    source:
      'yb-admin of 2.14.0.0-b61 waits for it (“Timed out waiting for tablet splitting to complete”, #13022); made for backups in #8744 (2021), hardened in 2.14 by #16428; release notes of 2.15.2.0 change it (#13127). It may be older',
    without: 'splitting continues; a snapshot whose tablets do not tile the key space is taken again',
  },
  listsNamespaces: {
    what: '`list_namespaces`',
    from: ['2.17.2.0'],
    known: 'sources',
    source: '5fa9f04083 (#14452)',
    without: 'databases are looked up with SQL, keyspaces in the masters’ `/dump-entities`',
  },
  catalogVersionOfDatabase: {
    what: '`ysql_catalog_version [ysql.]<database>`',
    from: ['2.29.0.0'],
    known: 'inferred',
    source: 'yb-admin_cli.cc of 2026; absent in that of 2024',
    without:
      'the version of the whole cluster, and the database’s row of `pg_yb_catalog_version` where there is that table',
  },
  importsSelectively: {
    what: '`import_snapshot_selective`',
    from: ['2.19.0.0'],
    known: 'manual',
    source: 'manual of July 2023, when 2.19.0 was the newest (pull request #18448); yb-admin_cli.cc of mid-2023',
    without: 'a restore of single tables is refused',
  },
  clonesDatabases: {
    what: '`clone_namespace`, `list_clones`',
    from: ['2.23.0.0'],
    known: 'transcript',
    source:
      'outputs of 2.23.0.0-b36 and -b435 (#21625, #22763), manual of 2.23 (pull request #23515). yb-admin_cli.cc of the line of 2024.1 has the words, and nobody’s output shows that it works there',
    without: 'a snapshot of the schedule is restored beside the database',
  },
  tellsPartialIndexes: {
    what: 'YCQL: the WHERE of partial indexes in `system_schema.indexes`, and so in `DESC`',
    from: ['2.9.1.0', '2.8.0.0'],
    known: 'manual',
    source:
      'release notes of 2.9.1.0 and 2.8.0.0 (#9762, “[Part-1] Populate partial index predicate in "options" column of system_schema.indexes”); #9135 shows 2.6 and 2.9.0 without. Partial indexes are there from 2.6.0 on (#7509)',
    without: 'a dump of a keyspace names its indexes in a warning: any of them may be partial; a backup keeps it',
  },
  listsChangeDataStreams: {
    what: '`list_change_data_streams`',
    from: ['2.13.0.0'],
    known: 'manual',
    source:
      'release notes of 2.13.0.0 (#9019, the client API of change data capture) and of 2.13.1.0 (#11831, dropping a database with a change_data_stream); yb-admin_cli_ent.cc of 2022',
    without: '`list_cdc_streams` alone is asked',
  },
} as const satisfies Readonly<Record<string, Capability>>;

/** What needs no release: missing pages return 404, and each form of an output is recognised when it is parsed. */
export const RECOGNISED = {
  tabletsAsJson: {
    what: '`/api/v1/tablets` of tservers',
    from: ['2.19.1.0'],
    known: 'sources',
    source:
      '4393010fb6 (#13999), tserver-path-handlers.cc; absent at 2.14.7, 2.16.2 and 2.17.1; #17959 (release notes of 2.19.2) uses it',
    without: '`/tablets`, the page for people, is read',
  },
  flagsAsJson: {
    what: '`/api/v1/varz`',
    from: ['2.15.3.0'],
    known: 'sources',
    source: 'f12c0fd528, default-path-handlers.cc',
    without: '`/varz?raw` is read',
  },
  tserverUuids: {
    what: '`permanent_uuid` in the masters’ `/api/v1/tablet-servers`',
    from: ['2.23.0.0'],
    known: 'inferred',
    source: 'master-path-handlers.cc: absent from 2.6 to 2.21; asked for in #13999 (2022), missed in #15655 (2023)',
    without: 'web and RPC addresses are joined by host, and on one host by the order of ports',
  },
  tableSchemas: {
    what: '`[ysql_schema=…]` and the id in brackets in `list_tables`',
    from: ['2.21.0.0'],
    known: 'transcript',
    source: 'outputs of users and manuals since 2024, #3947; an output of 2.17 has neither (#16030)',
    without: 'the name and the id are read as they stand',
  },
  creationTimes: {
    what: 'column Creation Time of `list_snapshots`',
    from: ['2.13.0.0'],
    known: 'transcript',
    source:
      'an output of 2.13 (#12545), after #10171 and pull request #10854 (December 2021); one of July 2021 has none (#9232)',
    without: 'the time is read from the exported file',
  },
  schedulesInMinutes: {
    what: '`1 min`, `filter` and `snapshot_time` in `list_snapshot_schedules`',
    from: ['2.8.0.0'],
    known: 'transcript',
    source:
      '`60.000s` and no filter in an output of 2.7.1.1 (#9314), `snapshot_time` in one of August 2021 (#9570), all three in one of April 2022 (#12001); the filter came with #8418 and was carried back in August 2021 (#9615). The manuals of 2.6, 2.8 and 2.14 show the old form, perhaps copied on',
    without: 'both forms are read; without a filter a schedule’s database is read from its snapshots',
  },
  transactionalDdl: {
    what: 'DDL is part of the transaction that it stands in, by default',
    from: ['2.29.0.0'],
    known: 'sources',
    source:
      'commit of 2.29.0.0-b130 (D45414, “enables transactional ddl by default in release builds”: `ysql_yb_ddl_transaction_block_enabled`); the manual of 2025.2 has it off by default',
    without: 'nothing: each statement of DDL is a transaction of its own, and a dump is one of them or the other',
  },
  readTime: {
    what: '`yb_read_time`',
    from: ['2.21.0.0'],
    known: 'inferred',
    source:
      '#19114 (September 2023), and pg_dump.c sets it since 07016b690c; manual since 2.25.1 (pull request #26441). Whether the branch of 2.20 was cut before could not be read',
    without: 'rows of a moment are not counted before a recovery',
  },
  dumpReadTime: {
    what: '`ysql_dump --read-time`, offered in its `--help`',
    from: ['2.29.0.0'],
    known: 'sources',
    source:
      'commit of 2.29.0.0-b79 (#20480), which adds it to the help as the sign that backups during DDL are supported; pg_dump.c has the flag since 07016b690c (#19258, late 2023), hidden on purpose (#28763). Whether builds of 2025.1 and 2025.2 offer it was not found',
    without: 'the catalog version before and after is compared; DDL in between has the snapshot taken again',
  },
  tabletMetadata: {
    what: '`tablet.metadata` in a snapshot’s directory',
    from: ['2.14.0.0'],
    known: 'inferred',
    source: 'tablet_snapshots.cc of 2022; release notes of 2.15.2.0 restore from it (#13294)',
    without: 'what is in the directory is copied, whatever it is',
  },
} as const satisfies Readonly<Record<string, Capability>>;

type Name = keyof typeof CAPABILITIES;

/** What the tools of one release accept and print. No other file checks versions. */
export type Capabilities = Readonly<Record<Name, boolean>> & {
  readonly release: string;
  /** First release of its family, as manifests name it. */
  readonly since: string;
};

/** First releases of families. */
const FAMILIES = ['2.6', '2.8', '2.14', '2.19', '2024.1', '2025.1', '2026.1'] as const;

/** What a release such as `2.6.20.0` or `2025.1.1.0` can do. */
export function capabilitiesOf(version: string): Capabilities {
  if (!/^\d+(\.\d+)+$/.test(version)) throw new UnknownVersion('yb-admin', version, 'its version could not be read');
  const since = FAMILIES.findLast((family) => compareVersions(version, firstOf(family)) >= 0);
  if (since === undefined)
    throw new UnknownVersion('yb-admin', version, `version ${version} is older than 2.6, the oldest that Kalpa knows`);
  const can = Object.entries(CAPABILITIES).map(([name, { from }]) => [name, has(version, from)] as const);
  return { ...(Object.fromEntries(can) as Record<Name, boolean>), release: version, since };
}

/** Whether a release has a capability: those of the first release and later, or of an older branch that got it. */
export function has(version: string, from: Capability['from']): boolean {
  const [first, ...older] = from;
  return (
    compareVersions(version, first) >= 0 ||
    older.some((one) => branchOf(one) === branchOf(version) && compareVersions(version, one) >= 0)
  );
}

const branchOf = (version: string): string => version.split('.').slice(0, 2).join('.');

/** Each stable release named after a year was cut from a preview release, the first to have the same code. */
const firstOf = (family: string): string => {
  const [major = 0, minor = 0] = numbersOf(family);
  return /^20\d\d\./.test(family) ? `${major}.${minor - 1}` : family;
};

/**
 * Negative if `a` is the older release. Missing parts count as 0, a build suffix (`-b100`) is ignored. Preview releases
 * have odd numbers (2.21, 2.23, 2.25, …), and the stable releases that follow them are named after years: 2024.1,
 * 2024.2, 2025.1, ….
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** `2024.1.3` as 2.22.3, `2025.2` as 2.28: their places among the preview releases. */
function numbersOf(version: string): number[] {
  const [major = 0, minor = 0, ...rest] = (version.split('-')[0] ?? '').split('.').map(Number);
  return major < 2000 ? [major, minor, ...rest] : [2, 22 + (major - 2024) * 4 + (minor - 1) * 2, ...rest];
}
