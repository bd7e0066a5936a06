import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { chainTag, type Chain, type ProofLevel } from '../../../contract';
import { given } from '../../../objects/given';
import {
  toBadFile,
  relativeToCluster,
  digestOf,
  checkStoredObjects,
  openRepository,
  readProofs,
  readRepairs,
  withSignal,
  type BackupKind,
  type BadFile,
  type ClusterStore,
  type OtherPlace,
  type Proofs,
  type Repairs,
  type StoredFile,
} from '../../../repository';
import type { ListRef } from '../../internal-types';
import type { ControlDependencies } from '../dependencies';
import { Batches } from './batches';
import { takeLease } from '../lookup/take-lease';
import { isRead, subjectOf } from './verification-subject';
import { writeFound } from './write-found';

export interface PlanVerificationInput {
  chain: Chain;
  backup: string;
  level: ProofLevel;
  /** What was read within this many milliseconds is not read again. */
  provedWithinMs: number;
  manifestSha256?: string;
}

/** What is to be read, with its totals; the lists stay in the bucket. */
export interface VerificationPlan {
  kind: BackupKind;
  id: string;
  database: string;
  /** Every later step reads exactly this manifest. */
  manifestSha256: string;
  level: ProofLevel;
  /** By the store's clock, to the second. */
  plannedAt: string;
  /** Proofs since then count. */
  since: string;
  objects: number;
  bytes: number;
  /** Not read, since it has been proved since then. */
  provedBytes: number;
  read: { files: number; bytes: number };
  /** Files that the store itself reports as different from what was recorded; absent: none. */
  bad?: number;
  /** A list of the batches, each with the files that are read together. */
  batches: ListRef;
}

/** Files looked at together. */
const FILES_PER_LOOKUP = 2_000;

/**
 * Checks that everything a backup or dump consists of exists, and lists what is to be read of it: not what was proved
 * recently, in whichever run. What an earlier proof found bad is always read. A second plan may differ from the first.
 */
export function makePlanVerification(dependencies: ControlDependencies) {
  return async function planVerification(input: PlanVerificationInput): Promise<VerificationPlan> {
    const { chain, level, provedWithinMs } = input;
    const repository = verifiersRepository(dependencies);
    const { cluster } = repository;
    const subject = await subjectOf(repository, input.backup, input.manifestSha256);
    const { kind, id, database, manifestSha256, totals, owners } = subject;
    await takeLease(dependencies, { kind, id, cluster });
    const plannedAt = new Date(Math.floor((await repository.store.serverTime()).getTime() / 1000) * 1000);
    const since = new Date(plannedAt.getTime() - provedWithinMs);
    const proofs = await readProofs(repository, { kind, owners, since });
    const repairs = await readRepairs(repository, kind === 'dump' ? [] : owners);
    const batches = new Batches(repository, chain.workflowId, totals);
    const found: { owner: string; bad: BadFile }[] = [];
    const unreadableLists = new Map<string, string>();
    const sums = { objects: 0, bytes: 0, provedBytes: 0 };
    const look = async (files: readonly StoredFile[]): Promise<void> => {
      const deep = level === 'present' ? 'present' : 'sizes';
      const elsewhere = files.map((file) => otherPlacesOf(repairs, file));
      const problems = await lookAtPlaces(repository, files, { elsewhere, deep });
      for (const [i, plain] of files.entries()) {
        sums.objects += 1;
        sums.bytes += plain.size;
        const file = { ...plain, elsewhere: elsewhere[i] };
        const digest = digestOf(cluster, file);
        const problem = problems.get(i);
        const unreadable = unreadableLists.get(plain.object);
        if (problem !== undefined || unreadable !== undefined) {
          const at = { ...file, object: relativeToCluster(cluster, file.object) };
          found.push({ owner: file.owner, bad: toBadFile(digest, at, problem ?? unreadable ?? '') });
        } else if (proofs.bad.has(digest)) await batches.add(kind, { ...file, wasBad: true });
        else if (!isRead(level, file, { digest, day: plannedAt })) continue;
        else if (provedSince(proofs, digest, since)) sums.provedBytes += file.size;
        else await batches.add(kind, file);
      }
      heartbeat(sums.objects);
    };
    // The lists themselves are looked at last, when it is known which of them can be read.
    const lists: StoredFile[] = [];
    let some: StoredFile[] = [];
    for await (const file of subject.files(({ key }, why) => unreadableLists.set(key, `it can't be read: ${why}`))) {
      if (file.etag === undefined) lists.push(file);
      else some.push(file);
      if (some.length < FILES_PER_LOOKUP) continue;
      await look(some);
      some = [];
    }
    await look(some);
    for (let from = 0; from < lists.length; from += FILES_PER_LOOKUP)
      await look(lists.slice(from, from + FILES_PER_LOOKUP));
    const identity = { kind, id, plannedAt: plannedAt.toISOString() };
    await writeFound(repository, {
      ...{ ...identity, tag: chainTag(chain), n: 0, workflowId: chain.workflowId, at: plannedAt.toISOString() },
      found: found.map(({ owner, bad }) => ({ owner, digest: bad.digest, size: bad.size, bad, wasBad: false })),
    });
    const { ref, read } = await batches.end();
    return {
      ...{ ...identity, database, manifestSha256, level, since: since.toISOString() },
      ...sums,
      ...{ read, batches: ref },
      ...given({ bad: found.length === 0 ? undefined : found.length }),
    };
  };
}

/** The other places in the form of a list; undefined: the file exists only where it was first written. */
export function otherPlacesOf(repairs: Repairs, file: StoredFile): OtherPlace[] | undefined {
  const places = repairs.placesOf(file).map(({ objectBytes: _, ...place }) => place);
  return places.length === 0 ? undefined : places;
}

/** What is wrong with files, by their index in the list, wherever they may be stored. */
async function lookAtPlaces(
  repository: ClusterStore,
  files: readonly StoredFile[],
  { elsewhere, deep }: { elsewhere: readonly (OtherPlace[] | undefined)[]; deep: 'present' | 'sizes' },
): Promise<Map<number, string>> {
  const problems = await checkStoredObjects(repository, files, deep);
  const others = [...problems.keys()].flatMap((i) => {
    const file = files[i];
    return file === undefined ? [] : (elsewhere[i] ?? []).map((place) => ({ i, file: { ...file, ...place } }));
  });
  const wrong = await checkStoredObjects(
    repository,
    others.map(({ file }) => file),
    'sizes',
  );
  for (const [n, { i }] of others.entries()) if (!wrong.has(n)) problems.delete(i);
  return problems;
}

/** `since` may be a moment ago: then only what this run reads counts. */
const provedSince = (proofs: Proofs, digest: string, since: Date): boolean => proofs.provedSince(digest, since);

/** The repository for steps that wait for the store as long as for any component that is unavailable. */
export function verifiersRepository({ store, repository, timing }: ControlDependencies): ClusterStore {
  const { cluster, trust } = repository;
  const waiting = openRepository({ store, cluster, trust, retry: { retryForMs: timing.phaseDeadline } });
  return withSignal(waiting, cancellationSignal());
}
