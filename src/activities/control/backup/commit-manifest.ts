import { log } from '@temporalio/activity';
import { formatMicros, languageOf } from '../../../contract';
import {
  checkCompleteness,
  commitManifest as commit,
  findCommitted,
  getWorkList,
  lockedCluster,
  NameTaken,
  readArtefact,
  readIntent,
  readSegments,
  withoutLists,
  type Completeness,
  type ManifestHeader,
  type StoredManifest,
} from '../../../repository';
import { decodeSnapshotFile, needsOfDump, type DumpNeeds, type SnapshotFile } from '../../../yugabyte';
import { failWith } from '../../application-failure';
import type { ArtefactRef, BackupIdentity, Guarded, ListRef, SegmentRef } from '../../internal-types';
import { fingerprintLine } from '../../work-lines';
import { universeKeyOf } from '../preflight/check-encryption';
import type { ControlDependencies } from '../dependencies';
import { confirmGuardians } from '../lock/guardian-state';
import { confirmProtectedUntilEnd, manifestRef, originOf } from '../run/protected-object';
import { given } from '../../../objects/given';

export interface CommitManifestInput {
  guarded: Guarded;
  backup: BackupIdentity;
  snapshot: {
    snapshotId: string;
    artefacts: ArtefactRef[];
    catalogVersion: string;
    tablets: ListRef;
    fingerprint?: ListRef;
    history?: ManifestHeader['history'];
    invalidIndexes?: string[];
  };
  segments: SegmentRef[];
}

export interface CommitManifestResult {
  manifest: { key: string; sha256: string };
  recoveryPoint: string;
  tables: number;
  tablets: number;
  files: number;
  bytes: number;
  uploadedBytes: number;
  reusedBytes: number;
}

/**
 * Proves completeness by comparing sets (exported tablets = copied tablets) and commits the manifest with one
 * conditional create: from here on the backup exists. An attempt that finds its own manifest committed returns that
 * one. Fault 35.
 */
export function makeCommitManifest(dependencies: ControlDependencies) {
  const { repository } = dependencies;
  return async function commitManifest(input: CommitManifestInput): Promise<CommitManifestResult> {
    const { backup } = input;
    const earlier = await findCommitted(repository, backup.backupId);
    if (earlier) {
      checkOwn(dependencies, input, earlier);
      return resultOf(dependencies, earlier);
    }
    await confirmGuardians(dependencies, input.guarded);
    const exported = decodeSnapshotFile(await readArtefact(repository, artefact(input, 'snapshot')));
    const found = await checkCompleteness(
      exported.tablets.map(({ id }) => id),
      readSegments(repository, inOrder(input.segments)),
      { cluster: repository.cluster, backupId: backup.backupId },
    );
    const incomplete = [...found.missing, ...found.unexpected, ...found.mixed];
    if (incomplete.length > 0) {
      throw failWith(
        'SnapshotFilesMissing',
        `${backup.backupId} is not complete, so it was not committed: ${found.missing.length} tablets were not copied, ${found.unexpected.length} do not belong to the snapshot, ${found.mixed.length} hold files of several replicas or appear in two file lists (first: ${incomplete[0] ?? ''}). Start a new backup.`,
        incomplete.slice(0, 20).map((tablet) => ({ tablet })),
      );
    }
    if (found.refused !== undefined)
      throw failWith(
        'ManifestInvalid',
        `${backup.backupId} was not committed, since a restore would refuse it: ${found.refused}. A node wrote that list: check whether the node has been compromised, then start a new backup.`,
      );
    const header = await manifestOf(dependencies, input, exported, found);
    await confirmProtectedUntilEnd(dependencies, { kind: 'backup', id: backup.backupId });
    const committed = await commit(lockedCluster(repository, header.store.lock), header);
    log.info(`backup ${backup.backupId} committed`, {
      recoveryPoint: header.recoveryPoint,
      bytes: header.totals.bytes,
    });
    return resultOf(dependencies, { ...committed, header });
  };
}

/**
 * A manifest committed by an earlier attempt names what this run has copied. Without signatures anybody could have
 * written one.
 */
function checkOwn(
  { repository }: ControlDependencies,
  { snapshot, segments }: CommitManifestInput,
  { key, header }: StoredManifest,
): void {
  const hashes = (of: readonly { sha256: string }[]): string =>
    of
      .map(({ sha256 }) => sha256)
      .sort()
      .join();
  if (
    header.snapshotId === snapshot.snapshotId &&
    hashes(header.segments) === hashes(segments) &&
    hashes(withoutLists(header.artefacts)) === hashes(snapshot.artefacts)
  )
    return;
  throw new NameTaken(`${repository.store.location}/${key}`, 'it does not name the files that this run has copied');
}

function artefact(input: CommitManifestInput, kind: ArtefactRef['kind']): ArtefactRef {
  const found = input.snapshot.artefacts.find((one) => one.kind === kind);
  if (!found)
    throw failWith(
      'ManifestInvalid',
      `The ${kind} of ${input.backup.backupId} is missing, so it was not committed. Start a new backup.`,
    );
  return found;
}

/** Depends only on what was copied, never on a clock or a duration: a repeated attempt writes the same bytes. */
async function manifestOf(
  dependencies: ControlDependencies,
  input: CommitManifestInput,
  exported: SnapshotFile,
  found: Completeness,
): Promise<ManifestHeader> {
  const { repository, store, config } = dependencies;
  const { backup, snapshot } = input;
  const { universe, origin } = await originOf(dependencies);
  const intent = await readIntent(repository, backup.backupId);
  const lock = config.repository.objectLock && intent?.lock;
  const counts = new Map(
    (snapshot.fingerprint ? await getWorkList(repository, snapshot.fingerprint, fingerprintLine) : []).map((line) => [
      `${line.schema}.${line.name}`,
      line,
    ]),
  );
  const { loadsDefinitions } = languageOf(backup.database);
  const requirements: DumpNeeds = loadsDefinitions
    ? needsOfDump(String(await readArtefact(repository, artefact(input, 'schema'))))
    : { roles: [], tablespaces: [], extensions: [] };
  const traits = await store.traits();
  const reusedBytes = found.refersTo.reduce((sum, { bytes }) => sum + bytes, 0);
  const encryptionKeyId = await universeKeyOf(dependencies.yugabyte());
  const partitions = new Map<string, number>();
  for (const { tableIds } of exported.tablets)
    for (const id of new Set(tableIds)) partitions.set(id, (partitions.get(id) ?? 0) + 1);
  const tables = exported.tables.map(({ id, name, schema, kind, indexedTableId }) => {
    const count = kind === 'index' ? undefined : counts.get(`${schema}.${name}`);
    return {
      id,
      name,
      kind,
      partitions: partitions.get(id) ?? 0,
      ...(loadsDefinitions ? { schema } : {}),
      ...given({
        indexedTable: indexedTableId,
        rows: count?.rows,
        fingerprint: count?.digest,
        approximate: count?.approximate,
        notCounted: count?.notCounted,
      }),
    };
  });
  return {
    ...origin,
    backupId: backup.backupId,
    database: backup.database,
    startedAt: backup.startedAt,
    ...given({ label: intent?.label, keepFor: intent?.keepFor }),
    replicationFactor: universe.replicationFactor ?? 1,
    ...given({ encryptionKeyId }),
    recoveryPoint: formatMicros(exported.snapshotMicros),
    hybridTime: exported.snapshotMicros,
    snapshotId: snapshot.snapshotId,
    catalogVersion: snapshot.catalogVersion,
    ...given({ history: snapshot.history }),
    tables,
    invalidIndexes: snapshot.invalidIndexes ?? [],
    tablets: exported.tablets.map(({ id, tableIds, partitionStart, partitionEnd }) => ({
      id,
      table: tableIds[0] ?? '',
      peer: found.tablets.get(id)?.peer ?? '',
      list: found.tablets.get(id)?.list ?? 0,
      partition: { start: partitionStart, end: partitionEnd },
    })),
    roles: requirements.roles,
    ...given({ roleConstants: requirements.roleConstants }),
    tablespaces: requirements.tablespaces,
    extensions: requirements.extensions.map((name) => ({ name })),
    segments: inOrder(input.segments),
    artefacts: snapshot.artefacts,
    totals: {
      tables: tables.filter(({ kind }) => kind !== 'index' && kind !== 'colocationParent').length,
      tablets: exported.tablets.length,
      files: found.files,
      bytes: found.bytes,
      uploadedBytes: found.bytes - reusedBytes,
      reusedBytes,
    },
    refersTo: found.refersTo,
    store: { versioned: traits.versioned, objectLock: traits.objectLock, ...given({ lock }) },
  };
}

/** Tablets refer to their file lists by number. */
const inOrder = (segments: readonly SegmentRef[]): SegmentRef[] =>
  [...segments].sort((a, b) => (a.key < b.key ? -1 : 1));

function resultOf(dependencies: ControlDependencies, stored: StoredManifest): CommitManifestResult {
  const { recoveryPoint, totals } = stored.header;
  const { tables, tablets, files, bytes, uploadedBytes, reusedBytes } = totals;
  return {
    manifest: manifestRef(dependencies, stored),
    recoveryPoint,
    ...{ tables, tablets, files, bytes, uploadedBytes, reusedBytes },
  };
}
