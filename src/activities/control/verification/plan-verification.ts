import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { z } from 'zod';
import { chainTag, type Chain, type ProofLevel } from '../../../contract';
import { given } from '../../../objects/given';
import {
  badFileOf,
  belowCluster,
  count,
  digestOf,
  lookAtObjects,
  openRepository,
  putWorkList,
  readProofs,
  sha256,
  withSignal,
  type BackupKind,
  type BadFile,
  type ClusterStore,
  type Proofs,
  type StoredFile,
} from '../../../repository';
import type { ListRef } from '../../shapes';
import type { ControlDependencies } from '../dependencies';
import { takeLease } from '../lookup/take-lease';
import { isRead, subjectOf } from './wanted';
import { writeFound } from './write-found';

export interface PlanVerificationInput {
  chain: Chain;
  backup: string;
  level: ProofLevel;
  /** What was read within so many milliseconds is not read again. */
  provedWithinMs: number;
  manifestSha256?: string;
}

/** What is to be read, and of what; the lists stay in the bucket. */
export interface VerificationPlan {
  kind: BackupKind;
  id: string;
  database: string;
  /** Every later step reads this very manifest. */
  manifestSha256: string;
  level: ProofLevel;
  /** By the store's clock, to the second. */
  plannedAt: string;
  /** What was proved from then on counts. */
  since: string;
  objects: number;
  bytes: number;
  /** Not read, since it was proved since then. */
  provedBytes: number;
  read: { files: number; bytes: number };
  /** A list of the batches, each with the files that are read together. */
  batches: ListRef;
}

/** A file to be read. */
export const verifyLine = z.object({
  object: z.string(),
  offset: count.optional(),
  size: count,
  sha256,
  etag: z.string().optional(),
  versionId: z.string().optional(),
  owner: z.string(),
  /** The newest proof found it bad. */
  wasBad: z.literal(true).optional(),
});
export type VerifyLine = z.output<typeof verifyLine>;

/** Batches grow with the work, so that a run's history does not. */
const BATCHES_AT_MOST = 500;
const BATCH_BYTES = 1024 ** 3;
const BATCH_FILES = 2_000;
/** Files that are looked at together. */
const LOOK_AT = 2_000;

/**
 * Looks whether everything that a backup or dump consists of is there, and lists what is to be read of it: not what
 * was proved lately, whoever asked for that. What an earlier proof found bad is always read. A plan that is made again
 * is another one.
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
    const batches = new Batches(repository, chain.workflowId, totals);
    const found: { owner: string; bad: BadFile }[] = [];
    const sums = { objects: 0, bytes: 0, provedBytes: 0 };
    const look = async (files: readonly StoredFile[]): Promise<void> => {
      const problems = await lookAtObjects(repository, files, level === 'present' ? 'present' : 'sizes');
      for (const [i, file] of files.entries()) {
        sums.objects += 1;
        sums.bytes += file.size;
        const digest = digestOf(cluster, file);
        const problem = problems.get(i);
        if (problem !== undefined) {
          const at = { ...file, object: belowCluster(cluster, file.object) };
          found.push({ owner: file.owner, bad: badFileOf(digest, at, problem) });
        } else if (proofs.bad.has(digest)) await batches.add({ ...file, wasBad: true });
        else if (!isRead(level, file, { digest, day: plannedAt })) continue;
        else if (provedSince(proofs, digest, since)) sums.provedBytes += file.size;
        else await batches.add(file);
      }
      heartbeat(sums.objects);
    };
    let some: StoredFile[] = [];
    for await (const file of subject.files()) {
      some.push(file);
      if (some.length < LOOK_AT) continue;
      await look(some);
      some = [];
    }
    await look(some);
    const told = { kind, id, plannedAt: plannedAt.toISOString() };
    await writeFound(repository, {
      ...{ ...told, tag: chainTag(chain), n: 0, workflowId: chain.workflowId, at: plannedAt.toISOString() },
      found: found.map(({ owner, bad }) => ({ owner, digest: bad.digest, size: bad.size, bad, wasBad: false })),
    });
    const { ref, read } = await batches.end();
    return {
      ...{ ...told, database, manifestSha256, level, since: since.toISOString() },
      ...sums,
      ...{ read, batches: ref },
    };
  };
}

/** `since` may be a moment ago: then nothing counts but what this run reads. */
const provedSince = (proofs: Proofs, digest: string, since: Date): boolean => proofs.provedSince(digest, since);

/** The repository for steps that wait for the store as long as for any part that is away. */
export function verifiersRepository({ store, repository, timing }: ControlDependencies): ClusterStore {
  const { cluster, trust } = repository;
  const waiting = openRepository({ store, cluster, trust, retry: { retryForMs: timing.phaseDeadline } });
  return withSignal(waiting, cancellationSignal());
}

/** Lists of files that are read together, each in the bucket as soon as it is full. */
class Batches {
  private readonly refs: ListRef[] = [];
  private lines: VerifyLine[] = [];
  private bytes = 0;
  private readonly most: { files: number; bytes: number };

  constructor(
    private readonly repository: ClusterStore,
    private readonly workflowId: string,
    { files, bytes }: { files: number; bytes: number },
  ) {
    this.most = {
      files: Math.max(BATCH_FILES, Math.ceil(files / BATCHES_AT_MOST)),
      bytes: Math.max(BATCH_BYTES, Math.ceil(bytes / BATCHES_AT_MOST)),
    };
  }

  async add({
    object,
    offset,
    size,
    sha256: hash,
    etag,
    versionId,
    owner,
    wasBad,
  }: VerifyLine | (StoredFile & { wasBad?: true })): Promise<void> {
    this.lines.push({ object, size, sha256: hash, owner, ...given({ offset, etag, versionId, wasBad }) });
    this.bytes += size;
    if (this.lines.length >= this.most.files || this.bytes >= this.most.bytes) await this.flush();
  }

  async end(): Promise<{ ref: ListRef; read: { files: number; bytes: number } }> {
    if (this.lines.length > 0) await this.flush();
    const sum = (of: 'files' | 'bytes'): number => this.refs.reduce((total, ref) => total + ref[of], 0);
    const ref = await putWorkList(this.repository, {
      ...{ workflowId: this.workflowId, name: 'verify', lines: this.refs, bytes: sum('bytes') },
    });
    return { ref, read: { files: sum('files'), bytes: sum('bytes') } };
  }

  private async flush(): Promise<void> {
    const { lines, bytes, workflowId } = this;
    const name = `verify-${this.refs.length + 1}`;
    this.refs.push(await putWorkList(this.repository, { workflowId, name, lines, bytes }));
    [this.lines, this.bytes] = [[], 0];
  }
}
