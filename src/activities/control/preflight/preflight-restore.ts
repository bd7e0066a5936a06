import { getUniverseConfig, compareVersions } from '../../../yugabyte';
import { cancellationSignal } from '@temporalio/activity';
import type { ManifestHeader } from '../../../repository';
import { readFilesOf, layout } from '../../../repository';
import { apiOf, bareName } from '../../../contract';
import { failWithFindings } from '../../application-failure';
import type { NodeState } from '../../shapes';
import { headerOf, storeOf } from '../backup-store';
import { checkCluster } from './check-cluster';
import { checkEncryption } from './check-encryption';
import { checkRoomForRestore } from './check-room';
import { chosenTables, restoredName, unknownTables } from '../chosen-tables';
import { checkStore } from './check-store';
import type { ControlDependencies } from '../dependencies';
import type { RestorableBackup } from '../find-backup';
import { Findings } from './findings';
import { keyspaceTables } from '../keyspace-tables';
import { scratchName } from '../snapshot-candidates';

export interface PreflightRestoreInput {
  backup: RestorableBackup;
  target: { database: string; name: string };
  /** Of a keyspace: only these, with their indexes. */
  tables?: string[];
  /** Of a keyspace: new names of tables and indexes. */
  renameTables?: Record<string, string>;
  nodes: NodeState[];
  /** Why the masters could not list the nodes. */
  unlisted?: string;
  roles: 'require' | 'create' | 'skip';
  tablespaces: 'require' | 'skip';
}

export interface PreflightRestoreResult {
  scratchName: string;
  warnings: string[];
  /** Roles of the backup that the cluster lacks. */
  missingRoles?: string[];
  /** Of a restore into a keyspace: whether it is there already, and the tables that the restore makes. */
  keyspace?: { existed: boolean; tables: string[] };
}

/** Refuses early, with everything that is wrong in one message. */
export function makePreflightRestore(dependencies: ControlDependencies) {
  return async function preflightRestore(input: PreflightRestoreInput): Promise<PreflightRestoreResult> {
    const { backup, target, nodes, unlisted } = input;
    const findings = new Findings();
    const yugabyte = dependencies.yugabyte();
    const header = await headerOf(dependencies, backup);
    const [cluster] = await Promise.all([
      checkCluster(yugabyte, findings, { unlisted, sql: apiOf(target.database) === 'ysql' }),
      checkStore(dependencies, findings),
      checkObjects(dependencies, backup, header, findings),
    ]);
    let missingRoles: string[] = [];
    if (cluster.sql) {
      const mayCreate = await findings.check(
        'The rights of the SQL user',
        async () => await yugabyte.sql.mayCreateDatabases(),
      );
      if (mayCreate === false) {
        findings.add(
          'PreflightFailed',
          `The SQL user "${dependencies.config.ysql.user}" may not create databases. Give it CREATEDB, or set a superuser as ysql.user in kalpa.yaml.`,
        );
      }
      if (await yugabyte.sql.databaseExists(target.name)) {
        findings.add(
          'AlreadyExists',
          `A database ${target.database} exists already and is never overwritten. Give another name with "as", or drop it yourself first.`,
          { database: target.database },
        );
      }
      missingRoles = await checkNeeds(dependencies, input, header, findings);
    }
    const keyspace =
      apiOf(target.database) === 'ycql' && cluster.masters && cluster.tools
        ? await checkTarget(dependencies, input, header, findings)
        : undefined;
    if (cluster.tools) await checkVersion(dependencies, header, findings);
    if (cluster.tools && cluster.masters) await checkEncryption(yugabyte, header, findings);
    checkNodes(nodes, findings);
    if (cluster.masters) {
      const universe = await findings.check(
        'The universe',
        async () => await yugabyte.run(getUniverseConfig, {}, { signal: cancellationSignal() }),
      );
      if (universe) {
        const replicationFactor = universe.replicationFactor ?? nodes.length;
        checkRoomForRestore(cluster.tservers ?? [], { nodes, header, replicationFactor }, findings);
      }
    }
    const failure = failWithFindings(`The restore of ${backup.backupId}`, findings.list);
    if (failure) throw failure;
    return {
      scratchName: keyspace ? target.name : scratchName(backup.backupId, backup.chain.firstExecutionRunId),
      warnings: findings.warnings,
      ...(missingRoles.length > 0 ? { missingRoles } : {}),
      ...(keyspace ? { keyspace } : {}),
    };
  };
}

/**
 * A keyspace can't be renamed, so a restore makes its tables under their own names: only absent ones. What exists is never written to.
 */
async function checkTarget(
  dependencies: ControlDependencies,
  { target, tables, renameTables, backup }: PreflightRestoreInput,
  header: ManifestHeader,
  findings: Findings,
): Promise<NonNullable<PreflightRestoreResult['keyspace']> | undefined> {
  const yugabyte = dependencies.yugabyte();
  const unknown = [
    ...unknownTables(header, tables),
    ...Object.keys(renameTables ?? {}).filter((name) => !header.tables.some((table) => table.name === name)),
  ];
  if (unknown.length > 0)
    findings.add(
      'NotFound',
      `${backup.backupId} holds no table ${unknown.join(', ')}. Look at it: kalpa show ${backup.backupId}.`,
      {
        tables: unknown,
      },
    );
  await findings.check('YCQL', async () => {
    await yugabyte.cql.ping();
  });
  const dialect = await yugabyte.dialect();
  if (tables && !dialect.importsSelectively)
    findings.add(
      'IncompatibleVersion',
      `Single tables can be restored from YugabyteDB 2.19 on; this cluster is ${await yugabyte.release()}. Restore the whole keyspace under another name with "as".`,
    );
  const there = await findings.check(
    `The keyspace ${target.database}`,
    async () => (await keyspaceTables(yugabyte, bareName(target.database))) ?? ('none' as const),
  );
  if (there === undefined) return undefined;
  const chosen = chosenTables(header, tables);
  const names = chosen.map((table) => restoredName(table, renameTables));
  const twice = names.filter((name, i) => names.indexOf(name) < i);
  if (twice.length > 0)
    findings.add(
      'PreflightFailed',
      `With "renameTables" two tables or indexes of ${backup.backupId} would be called ${twice.join(', ')}. Give other new names.`,
      { tables: twice },
    );
  const present = there === 'none' ? [] : there.filter(({ name }) => names.includes(name));
  if (present.length > 0)
    findings.add(
      'AlreadyExists',
      `${target.database} exists and has ${present
        .slice(0, 5)
        .map(({ name }) => name)
        .join(
          ', ',
        )}${present.length > 5 ? ` and ${present.length - 5} more` : ''} already, and nothing is ever overwritten. Give another name with "as", choose other "tables", give new names with "renameTables", or drop them yourself first.`,
      { database: target.database, tables: present.map(({ name }) => name) },
    );
  return {
    existed: there !== 'none',
    tables: chosen.filter(({ kind }) => kind !== 'index').map((table) => restoredName(table, renameTables)),
  };
}

/** Every object that the manifest names is there and has its size: found before anything is created (fault 41). */
async function checkObjects(
  dependencies: ControlDependencies,
  backup: RestorableBackup,
  header: ManifestHeader,
  findings: Findings,
): Promise<void> {
  await findings.check(`The objects of ${backup.backupId}`, async () => {
    const repository = storeOf(dependencies, backup);
    const listed = new Map<string, number>();
    for await (const { key, size } of repository.store.list(layout.backup(backup.cluster, backup.backupId)))
      listed.set(key, size);
    const missing = [...header.segments, ...header.artefacts]
      .filter(({ key }) => !listed.has(key))
      .map(({ key }) => key);
    if (missing.length === 0) {
      for await (const { object, offset, size } of readFilesOf(repository, header)) {
        const found = listed.get(object);
        if (found === undefined || found < (offset ?? 0) + size) missing.push(object);
      }
    }
    if (missing.length > 0)
      findings.add(
        'ManifestInvalid',
        `${missing.length} objects of ${backup.backupId} are missing or too short in the bucket (first: ${missing[0] ?? ''}). Use another backup, and find out who deleted them.`,
        { missing: missing.length },
      );
  });
}

/** Returns the roles that the cluster lacks. */
async function checkNeeds(
  { yugabyte }: ControlDependencies,
  { roles, tablespaces }: PreflightRestoreInput,
  header: ManifestHeader,
  findings: Findings,
): Promise<string[]> {
  const { sql } = yugabyte();
  const lacking = (wanted: readonly string[], there: readonly string[]): string[] =>
    wanted.filter((name) => !there.includes(name));
  const missingRoles = lacking(
    header.roles,
    (await findings.check('The roles', async () => await sql.listRoles())) ?? header.roles,
  );
  if (roles === 'require' && missingRoles.length > 0) {
    findings.add(
      'PreflightFailed',
      `The roles ${missingRoles.join(', ')} are named in the backup (as owners, in grants, policies, user mappings or settings) and do not exist here. Create them, or restore with "roles": "create" or "skip".`,
      { roles: missingRoles },
    );
  }
  const missingSpaces = lacking(
    header.tablespaces,
    (await findings.check('The tablespaces', async () => await sql.listTablespaces())) ?? header.tablespaces,
  );
  if (tablespaces === 'require' && missingSpaces.length > 0) {
    findings.add(
      'PreflightFailed',
      `The tablespaces ${missingSpaces.join(', ')} do not exist here. Create them, or restore with "tablespaces": "skip".`,
      {
        tablespaces: missingSpaces,
      },
    );
  }
  const extensions = header.extensions.map(({ name }) => name);
  const missingExtensions = lacking(
    extensions,
    (await findings.check('The extensions', async () => await sql.availableExtensions())) ?? extensions,
  );
  if (missingExtensions.length > 0) {
    findings.add(
      'PreflightFailed',
      `The extensions ${missingExtensions.join(', ')} are not available on this cluster. Install them on every node.`,
      {
        extensions: missingExtensions,
      },
    );
  }
  return missingRoles;
}

async function checkVersion(
  { yugabyte }: ControlDependencies,
  header: ManifestHeader,
  findings: Findings,
): Promise<void> {
  const release = await findings.check('The tools', async () => await yugabyte().release());
  if (release !== undefined && compareVersions(header.yugabyteVersion, release) > 0) {
    findings.add(
      'IncompatibleVersion',
      `${header.backupId} was made by YugabyteDB ${header.yugabyteVersion}; this cluster is ${release}. Restore into a cluster of that version or newer.`,
      { backup: header.yugabyteVersion, cluster: release },
    );
  }
}

/** Files go to every replica, so every node that may hold one must have a worker. */
export function checkNodes(nodes: NodeState[], findings: Findings): void {
  const missing = nodes.filter(({ worker }) => !worker);
  if (missing.length === 0) return;
  const why = missing.map(({ address, workerProblem }) => `${address}: ${workerProblem ?? 'no worker'}`).join('; ');
  findings.add(
    'PreflightFailed',
    `A restore puts files on every replica, and ${missing.length} of ${nodes.length} nodes have no worker that answers: ${why}. Start them, or remove a dead tserver from the cluster.`,
    { nodes: missing.map(({ address }) => address) },
  );
}
