import { durationMs, instantMicros, policiesSchema, type Policies } from '../contract';
import {
  listBackups,
  listDumps,
  listHolds,
  listVerifications,
  liveLeases,
  newestPolicies,
  readDump,
  readTrustedWithoutLists,
  readVerification,
  provedVerdict,
  REHEARSAL,
  type Verdict,
  referencesOf,
  isRepositoryError,
  RepositoryError,
  type BackupEntry,
  type ClusterStore,
  type BackupKind,
  type DumpEntry,
  type HoldLink,
} from '../repository';
import { mapConcurrently } from '../objects/map-concurrently';
import { given } from '../objects/given';
import type { BackupOrDump, PlanInput } from '../retention';

interface Reading {
  /** Only backups and dumps of this database: no rule spans two databases. */
  database?: string | undefined;
  /** Ids that count as there although they are deleted, as long as their manifests stand. */
  evenDeleted?: ReadonlySet<string>;
  onRead?: (done: number) => void;
}

/**
 * Everything that a plan is based on, as the bucket has it now; nothing is taken from a caller. Fails with
 * `ManifestInvalid` if the recorded policies can't be understood.
 */
export async function readForPlan(
  repository: ClusterStore,
  { database, evenDeleted, onRead }: Reading = {},
): Promise<PlanInput> {
  const now = await repository.store.serverTime();
  const policies = await policiesOf(repository);
  const all: BackupOrDump[] = [];
  const isThere = (id: string, { state, manifestBytes }: { state: string; manifestBytes?: number }): boolean =>
    state === 'committed' || (manifestBytes !== undefined && evenDeleted?.has(id) === true);
  const backups = (await listBackups(repository, { database })).filter((one) => isThere(one.backupId, one));
  const dumps = (await listDumps(repository, { subject: database })).filter((one) => isThere(one.dumpId, one));
  const [ofBackups, ofDumps] = [await claimsOf(repository, 'backup', now), await claimsOf(repository, 'dump', now)];
  await mapConcurrently(backups, async (entry) => {
    all.push({ ...(await readBackupEntry(repository, entry)), ...claim(ofBackups, entry.backupId) });
    onRead?.(all.length);
  });
  await mapConcurrently(dumps, async (entry) => {
    all.push({ ...(await readDumpEntry(repository, entry)), ...claim(ofDumps, entry.dumpId) });
    onRead?.(all.length);
  });
  return { backups: all, policies, now: now.getTime() };
}

/** The recorded policies; without any, everything is kept. Policies that can't be understood delete nothing. */
export async function policiesOf(repository: ClusterStore): Promise<Policies> {
  const record = await newestPolicies(repository);
  if (!record) return {};
  const parsed = policiesSchema.safeParse(record.policies);
  if (parsed.success) return parsed.data;
  throw new RepositoryError(
    'ManifestInvalid',
    `The policies that were recorded in ${repository.store.location} at ${record.at} can't be understood by this version (${parsed.error.issues[0]?.path.join('.')}: ${parsed.error.issues[0]?.message}), so nothing was deleted. Use the Kalpa that wrote them, or give the control worker \`policies:\` of this version.`,
  );
}

interface Claims {
  holds: Map<string, HoldLink>;
  leases: Map<string, { until: Date }>;
}

const claimsOf = async (repository: ClusterStore, kind: BackupKind, now: Date): Promise<Claims> => ({
  holds: await listHolds(repository, kind),
  leases: await liveLeases(repository, kind, now),
});

function claim({ holds, leases }: Claims, id: string): Pick<BackupOrDump, 'hold' | 'leasedUntil'> {
  const hold = holds.get(id)?.record;
  return given({
    hold: hold && { reason: hold.reason, by: hold.by },
    leasedUntil: leases.get(id)?.until.getTime(),
  });
}

async function readBackupEntry(repository: ClusterStore, entry: BackupEntry): Promise<BackupOrDump> {
  const { backupId: id, database, startedAt } = entry;
  const base = { id, kind: 'backup' as const, database };
  const read = await readTrustedWithoutLists(repository, id).catch((error: unknown) => {
    if (isRepositoryError(error, 'ManifestInvalid') || isRepositoryError(error, 'NotFound')) return error.message;
    throw error;
  });
  if (typeof read === 'string') return { ...base, at: Date.parse(startedAt), ownBytes: 0, notBelieved: read };
  const { header } = read;
  const keepForMs = header.keepFor === undefined ? undefined : durationMs(header.keepFor);
  return {
    ...base,
    at: Number(BigInt(instantMicros(header.recoveryPoint) ?? '0') / 1000n),
    ...given({ label: header.label, keepForMs }),
    ...(await provedOf(repository, { kind: 'backup', id, listed: entry.verified })),
    ownBytes: header.totals.uploadedBytes,
    refersTo: referencesOf(header),
  };
}

/**
 * What a trusted key says in its newest verification. That objects exist, or that a part was read, does not prove a
 * backup good.
 */
async function provedOf(
  repository: ClusterStore,
  { kind, id, listed }: { kind: BackupKind; id: string; listed: Verdict | undefined },
): Promise<Pick<BackupOrDump, 'proved'>> {
  const { verdict } = listed ? await provedVerdict(repository, { kind, id, listed }) : {};
  if (!verdict) return {};
  if (!verdict.ok) return { proved: 'bad' };
  return (await provedInFull(repository, kind, id)) ? { proved: 'good' } : {};
}

/**
 * Whether it was verified in full and never found bad since, or was restored. After a failed restore only a successful
 * restore proves it good, not bytes that are as recorded.
 */
async function provedInFull(repository: ClusterStore, kind: BackupKind, id: string): Promise<boolean> {
  let whole = false;
  for (const verdict of await listVerifications(repository, kind, id)) {
    const { level, ok } = verdict;
    const wanted = level === 'full' || level === REHEARSAL || !ok;
    if (!wanted || !(await readVerification(repository, kind, id, verdict))) continue;
    if (level === REHEARSAL) return ok;
    if (!ok && !whole) return false;
    whole = true;
  }
  return whole;
}

async function readDumpEntry(
  repository: ClusterStore,
  { dumpId: id, subject, startedAt, verified: listed }: DumpEntry,
): Promise<BackupOrDump> {
  const base = { id, kind: 'dump' as const, database: subject, at: Date.parse(startedAt) };
  try {
    const { totals } = (await readDump(repository, id)).manifest;
    return { ...base, ...(await provedOf(repository, { kind: 'dump', id, listed })), ownBytes: totals.bytes };
  } catch (error) {
    if (!isRepositoryError(error, 'ManifestInvalid') && !isRepositoryError(error, 'NotFound')) throw error;
    return { ...base, ownBytes: 0, notBelieved: error.message };
  }
}
