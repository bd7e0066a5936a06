import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { z } from 'zod';
import { chainTag, type Chain } from '../../../contract';
import { given } from '../../../objects/given';
import {
  toBadFile,
  relativeToCluster,
  count,
  digestOf,
  findProof,
  getWorkList,
  placesOf,
  readPlaces,
} from '../../../repository';
import { checkFiles, TransferLimits } from '../../../transfer';
import { failWith } from '../../application-failure';
import { showProgress } from '../../heartbeat-interceptor';
import type { ListRef } from '../../internal-types';
import type { ControlDependencies } from '../dependencies';
import { batchLine, verifyLine } from './batches';
import { verifiersRepository } from './plan-verification';
import { writeFound, type FoundFile } from './write-found';

export interface CheckObjectsInput {
  chain: Chain;
  /** The backup or dump that all of it belongs to; absent: several. */
  id?: string;
  plannedAt: string;
  /** The list of the plan's batches, and the number of this one, from 1. */
  batches: ListRef;
  n: number;
  bytesPerSecond?: number;
  parallelism?: number;
}

export interface CheckObjectsResult {
  files: number;
  bytes: number;
  /** Files that are not as they were recorded. */
  bad: number;
}

/** Parallel reads unless configured. */
const PARALLEL = 4;

/**
 * Reads the files of a batch and records the findings, one record for each backup that owns objects of it. A second
 * attempt continues from the heartbeat of the first; if the first has recorded its findings, nothing is read again.
 */
export function makeCheckObjects(dependencies: ControlDependencies) {
  return async function checkObjects(input: CheckObjectsInput): Promise<CheckObjectsResult> {
    const { chain, id, plannedAt, n } = input;
    const repository = verifiersRepository(dependencies);
    const { cluster } = repository;
    const ref = (await getWorkList(repository, input.batches, batchLine))[n - 1];
    if (!ref) throw failWith('ManifestInvalid', `The plan of ${chain.workflowId} has no batch ${n}. Start it again.`);
    const lines = await getWorkList(repository, ref, verifyLine);
    const { kind } = ref;
    const result = { files: ref.files, bytes: ref.bytes, bad: 0 };
    const name = { kind, plannedAt, tag: chainTag(chain), n };
    const recorded = new Set<string>();
    for (const owner of new Set(lines.map((line) => line.owner))) {
      const before = await findProof(repository, { ...name, backupId: owner });
      if (!before) continue;
      recorded.add(owner);
      result.bad += before.bad.length;
    }
    const files = lines.filter(({ owner }) => !recorded.has(owner));
    if (files.length === 0) return result;
    const now = await repository.store.serverTime();
    const cursor = new Cursor(files.length, now, recorded.size === 0 ? cursorBefore() : undefined);
    let bytesDone = files.slice(0, cursor.next).reduce((sum, { size }) => sum + size, 0);
    const show = (): void => {
      showProgress({
        ...{ filesDone: cursor.next, filesTotal: files.length, bytesDone, bytesTotal: ref.bytes },
        cursor: cursor.shown(),
      });
    };
    const from = cursor.next;
    const reading = {
      store: dependencies.store,
      limits: new TransferLimits({ bytesPerSecond: input.bytesPerSecond, parallelism: input.parallelism }),
      width: input.parallelism || PARALLEL,
      retry: { retryForMs: dependencies.timing.phaseDeadline },
      signal: cancellationSignal(),
    };
    await checkFiles({
      ...reading,
      files: files.slice(from).map((file) => placesOf(file, file.elsewhere ?? [])[0] ?? file),
      onBytes: (bytes) => {
        bytesDone += bytes;
        show();
      },
      onChecked: (index, problem) => {
        cursor.checked(from + index, problem);
        show();
      },
    });
    const others = [...cursor.problems.keys()].filter((i) => files[i]?.elsewhere !== undefined);
    const elsewhere = await readPlaces({ ...reading, files: others.flatMap((i) => files[i] ?? []), from: 1 });
    for (const [n, { problem }] of elsewhere.entries()) cursor.elsewhere(others[n] ?? 0, problem);
    const found = files.map((file, i): FoundFile => {
      const { owner, size, wasBad = false, neededBy } = file;
      const digest = digestOf(cluster, file);
      const problem = cursor.problems.get(i);
      const at = { ...file, object: relativeToCluster(cluster, file.object) };
      const bad = problem === undefined ? undefined : toBadFile(digest, at, problem);
      return { owner, digest, size, wasBad, neededBy, bad };
    });
    const written = await writeFound(repository, {
      ...{ ...name, workflowId: chain.workflowId, at: cursor.startedAt.toISOString(), found },
      ...given({ id }),
    });
    return { ...result, bad: result.bad + written.bad };
  };
}

/** The last heartbeat of an earlier attempt: a hint, ignored if it is not usable. */
const shownCursor = z.object({
  cursor: z.object({
    startedAt: z.iso.datetime(),
    next: count,
    total: count,
    problems: z.array(z.tuple([count, z.string()])),
  }),
});
type ShownCursor = z.output<typeof shownCursor>['cursor'];

function cursorBefore(): ShownCursor | undefined {
  const info = activityInfo();
  const shown = info.attempt > 1 ? shownCursor.safeParse(info.heartbeatDetails) : undefined;
  return shown?.data?.cursor;
}

/** Problems in one heartbeat; what comes after these is read again by the next attempt. */
const MAX_REPORTED = 100;

/** How far a batch has come: everything before `next` has been read. */
class Cursor {
  readonly problems = new Map<number, string>();
  readonly startedAt: Date;
  next = 0;
  private readonly done = new Set<number>();

  constructor(
    private readonly total: number,
    now: Date,
    before: ShownCursor | undefined,
  ) {
    const fits = before?.total === total && before.next <= total;
    // What the first attempt read is only as recent as the start of that attempt.
    this.startedAt = fits ? new Date(before.startedAt) : now;
    if (!fits) return;
    this.next = before.next;
    for (const [i, problem] of before.problems) if (i < this.next) this.problems.set(i, problem);
  }

  checked(index: number, problem: string | undefined): void {
    if (problem !== undefined) this.problems.set(index, problem);
    this.done.add(index);
    while (this.done.delete(this.next)) this.next += 1;
  }

  /** What the other places of a file have, if the first one is not as it was recorded. */
  elsewhere(index: number, problem: string | undefined): void {
    if (problem === undefined) this.problems.delete(index);
    else this.problems.set(index, problem);
  }

  shown(): ShownCursor {
    const all = [...this.problems].filter(([i]) => i < this.next).sort(([a], [b]) => a - b);
    const next = all[MAX_REPORTED]?.[0] ?? this.next;
    return {
      ...{ startedAt: this.startedAt.toISOString(), next, total: this.total },
      problems: all.slice(0, MAX_REPORTED),
    };
  }
}
