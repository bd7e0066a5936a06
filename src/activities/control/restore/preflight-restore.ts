import { getUniverseConfig, compareVersions } from '../../../yugabyte';
import { didYouMean } from '../../../contract/fields/nearest-name';
import type { ManifestHeader } from '../../../repository';
import { readFilesOf, readRepairs, layout } from '../../../repository';
import { bareName, languageOf } from '../../../contract';
import type { NodeState } from '../../internal-types';
import { artefactOf, headerOf, storeOf } from '../lookup/backup-store';
import { takeLease } from '../lookup/take-lease';
import { contentFinding, contentWarnings } from '../content/content-findings';
import { gateContent, textOf } from '../content/gate-content';
import { checkCluster } from '../preflight/check-cluster';
import { checkAbsent, inspectDatabase } from '../preflight/check-database';
import { checkEncryption } from '../preflight/check-encryption';
import { checkFreeSpaceForRestore } from '../preflight/check-free-space';
import { tablesToRestore, restoredName, unknownToBackup } from './tables-to-restore';
import { addMissingExtensions, checkRoleConstants, lacking } from '../preflight/check-needs';
import { checkStore } from '../preflight/check-store';
import type { RestorableBackup } from '../lookup/find-backup';
import { checkNodes } from '../preflight/check-nodes';
import { checkMayCreate } from '../preflight/check-rights';
import type { Checks } from '../preflight/checks';
import { definePreflight } from '../preflight/define-preflight';
import { scratchName } from '../undo/snapshot-candidates';
import { given } from '../../../objects/given';
import { firstOf } from '../../../objects/texts';

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
  /** Refused statements that are run all the same. */
  accept?: string[];
}

export interface PreflightRestoreResult {
  scratchName: string;
  warnings: string[];
  /** Roles of the backup that the cluster lacks. */
  missingRoles?: string[];
  /** Refused statements of the schema that the caller has accepted, by digest. */
  accepted?: string[];
  /** Of a restore into a keyspace: whether it already exists, and the tables that the restore creates. */
  keyspace?: { existed: boolean; tables: string[] };
}

/** Refuses early, with everything that is wrong in one message. */
export const makePreflightRestore = definePreflight<PreflightRestoreInput, PreflightRestoreResult>({
  subject: ({ backup }) => `The restore of ${backup.backupId}`,
  ask: async (checks, input) => {
    const { backup, target, nodes, unlisted } = input;
    const { renames } = languageOf(target.database);
    const [cluster, , header] = await Promise.all([
      checkCluster(checks, target.database, { unlisted }),
      checkStore(checks),
      checkObjects(checks, backup),
    ]);
    const accepted = renames && header ? await checkContent(checks, input, header) : [];
    let missingRoles: readonly string[] = [];
    if (renames && cluster.listed) {
      await checkMayCreate(checks);
      // Only this run uses the scratch name: a database that has it was left by an earlier attempt, and is dropped.
      if (target.name !== scratchOf(backup)) await checkAbsent(checks, target);
      if (header) missingRoles = await checkNeeds(checks, input, header);
    }
    const keyspace = !renames && cluster.listed && header ? await checkTarget(checks, input, header) : undefined;
    if (cluster.tools && header) await checkVersion(checks, header);
    if (cluster.tools && cluster.masters && header) await checkEncryption(checks, header);
    checkNodes(checks, nodes);
    if (cluster.masters && header) {
      const universe = await checks.look(
        'The universe',
        async ({ yugabyte }, { signal }) => await yugabyte().run(getUniverseConfig, {}, { signal }),
      );
      if (universe) {
        const replicationFactor = universe.replicationFactor ?? nodes.length;
        checkFreeSpaceForRestore(checks, cluster.tservers ?? [], { nodes, header, replicationFactor });
      }
    }
    return {
      scratchName: keyspace ? target.name : scratchOf(backup),
      warnings: checks.findings.warnings,
      ...(missingRoles.length > 0 ? { missingRoles: [...missingRoles] } : {}),
      ...(accepted.length > 0 ? { accepted } : {}),
      ...given({ keyspace }),
    };
  },
});

const scratchOf = ({ backupId, chain }: RestorableBackup): string => scratchName(backupId, chain.firstExecutionRunId);

/**
 * A keyspace can't be renamed, so a restore creates its tables under their own names, and only those that don't exist.
 * Existing ones are never written to.
 */
async function checkTarget(
  checks: Checks,
  { target, tables, renameTables, backup }: PreflightRestoreInput,
  header: ManifestHeader,
): Promise<NonNullable<PreflightRestoreResult['keyspace']> | undefined> {
  const unknown = [
    ...unknownToBackup(header, tables),
    ...Object.keys(renameTables ?? {}).filter((name) => !header.tables.some((table) => table.name === name)),
  ];
  if (unknown.length > 0)
    checks.add(
      'NotFound',
      `${backup.backupId} has no table ${unknown.join(', ')}.${didYouMean(
        unknown[0] ?? '',
        header.tables.map(({ name }) => name),
      )} See what it has: kalpa show ${backup.backupId}.`,
      {
        tables: unknown,
      },
    );
  const release = await checks.look('The tools', async ({ yugabyte }, { signal }) => ({
    name: await yugabyte().release(signal),
    ...(await yugabyte().capabilities(signal)),
  }));
  if (tables && release?.importsSelectively === false)
    checks.add(
      'IncompatibleVersion',
      `Single tables can be restored from YugabyteDB 2.19 on; this cluster is ${release.name}. Restore the whole keyspace under another name with "as".`,
    );
  const there = await inspectDatabase(checks, target.database);
  if (there === undefined) return undefined;
  const chosen = tablesToRestore(header, tables);
  const names = chosen.map((table) => restoredName(table, renameTables));
  const twice = names.filter((name, i) => names.indexOf(name) < i);
  if (twice.length > 0)
    checks.add(
      'PreflightFailed',
      `With "renameTables" two tables or indexes of ${backup.backupId} would both be called ${twice.join(', ')}. Choose other new names.`,
      { tables: twice },
    );
  const present = there === 'none' ? [] : there.filter(({ name }) => names.includes(name));
  if (present.length > 0)
    checks.add(
      'AlreadyExists',
      `${target.database} exists and has ${firstOf(
        present.map(({ name }) => name),
        5,
      )} already, and nothing is ever overwritten. Choose another name with "as", choose other "tables", give new names with "renameTables", or drop them yourself first.`,
      { database: target.database, tables: present.map(({ name }) => name) },
    );
  return {
    existed: there !== 'none',
    tables: chosen.filter(({ kind }) => kind !== 'index').map((table) => restoredName(table, renameTables)),
  };
}

/**
 * Every object that the manifest names, its own and those of earlier backups, exists and has its size: checked before
 * anything is created (fault 41).
 */
async function checkObjects(checks: Checks, backup: RestorableBackup): Promise<ManifestHeader | undefined> {
  return await checks.look(`The objects of ${backup.backupId}`, async (clients, { arriving }) => {
    const repository = storeOf(clients, backup);
    // First the lease, then the check: what exists now stays.
    await takeLease(clients, { kind: 'backup', id: backup.backupId, cluster: backup.cluster });
    const header = await headerOf(clients, backup);
    const listed = new Map<string, number>();
    for (const owner of [backup.backupId, ...header.refersTo.map(({ backupId }) => backupId)]) {
      for await (const { key, size } of repository.store.list(layout.backup(backup.cluster, owner))) {
        listed.set(key, size);
        arriving();
      }
    }
    const missing = [...header.segments, ...header.artefacts]
      .filter(({ key }) => !listed.has(key))
      .map(({ key }) => key);
    if (missing.length === 0) {
      const repairs = await readRepairs(repository, [header.backupId, ...header.refersTo.map((one) => one.backupId)]);
      for await (const line of readFilesOf(repository, header)) {
        const stands = ({ object, offset = 0 }: { object: string; offset?: number | undefined }): boolean =>
          (listed.get(object) ?? -1) >= offset + line.size;
        if (!stands(line) && !repairs.placesOf(line).some(stands)) missing.push(line.object);
        arriving();
      }
    }
    if (missing.length > 0)
      checks.add(
        'ManifestInvalid',
        `${missing.length} objects of ${backup.backupId} are missing from the bucket, or too short there (first: ${missing[0] ?? ''}). Use another backup, and find out who deleted them.`,
        { missing: missing.length },
      );
    return header;
  });
}

/** Schema and roles are read in full before any of them is run. */
async function checkContent(
  checks: Checks,
  { backup, roles, accept }: PreflightRestoreInput,
  header: ManifestHeader,
): Promise<string[]> {
  const accepted: string[] = [];
  for (const kind of roles === 'create' ? (['schema', 'roles'] as const) : (['schema'] as const)) {
    const subject = `The ${kind} of ${backup.backupId}`;
    const read = await checks.look(subject, async (clients) => {
      const text = textOf(await artefactOf(clients, backup, header, kind));
      const content = kind === 'schema' ? 'database' : 'roles';
      // For roles, only statements that dumps contain are ever sent.
      const accepts = kind === 'schema' ? { accept } : {};
      return await gateContent(text, { content, database: bareName(header.database), ...accepts });
    });
    if (!read) continue;
    const finding = contentFinding(subject, kind === 'schema' ? read : { ...read, neverRun: read.refused });
    if (finding) checks.add(finding.type, finding.message, finding);
    for (const warning of contentWarnings(subject, read)) checks.warn(warning);
    accepted.push(...read.accepted);
  }
  return accepted;
}

/** Returns the roles that the cluster lacks. */
async function checkNeeds(
  checks: Checks,
  { roles, tablespaces }: PreflightRestoreInput,
  header: ManifestHeader,
): Promise<readonly string[]> {
  const missingRoles = await lacking(checks, 'roles', header.roles);
  if (roles === 'skip') await checkRoleConstants(checks, header.roleConstants);
  if (roles === 'require' && missingRoles.length > 0)
    checks.add(
      'PreflightFailed',
      `The roles ${missingRoles.join(', ')} are named in the backup (as owners, in grants, policies, user mappings or settings) and do not exist here. Create them, or restore with "roles": "create" or "skip".`,
      { roles: missingRoles },
    );
  const missingSpaces = await lacking(checks, 'tablespaces', tablespaces === 'require' ? header.tablespaces : []);
  if (missingSpaces.length > 0)
    checks.add(
      'PreflightFailed',
      `The tablespaces ${missingSpaces.join(', ')} do not exist here. Create them, or restore with "tablespaces": "skip".`,
      { tablespaces: missingSpaces },
    );
  const extensions = header.extensions.map(({ name }) => name);
  addMissingExtensions(checks, await lacking(checks, 'extensions', extensions));
  return missingRoles;
}

async function checkVersion(checks: Checks, header: ManifestHeader): Promise<void> {
  const release = await checks.look('The tools', async ({ yugabyte }, { signal }) => await yugabyte().release(signal));
  if (release !== undefined && compareVersions(header.yugabyteVersion, release) > 0) {
    checks.add(
      'IncompatibleVersion',
      `${header.backupId} was made by YugabyteDB ${header.yugabyteVersion}; this cluster is ${release}. Restore into a cluster of that version or newer.`,
      { backup: header.yugabyteVersion, cluster: release },
    );
  }
}
