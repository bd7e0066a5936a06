import { heartbeat } from '@temporalio/activity';
import type { Chain } from '../../../contract';
import { countText } from '../../../objects/texts';
import { digestOf, FORMAT, isDeleted, readProofs, type KnownBadObject } from '../../../repository';
import { failWith } from '../../application-failure';
import type { ControlDependencies } from '../dependencies';
import {
  AFFECTED_TOLD,
  backupsThatNeed,
  badObjectText,
  cut,
  noLongerDamaged,
  unrestorableText,
  problemsOf,
  PROBLEMS_TOLD,
  writeOnce,
} from './marks';
import { verifiersRepository, type VerificationPlan } from './plan-verification';
import { isRead, subjectOf } from './verification-subject';

export interface RecordVerificationInput {
  chain: Chain;
  plan: VerificationPlan;
  /** This run has repaired something: marks of other backups may be obsolete. */
  repaired?: boolean;
}

export interface RecordVerificationResult {
  problems: string[];
  /** Backups that need a bad object. */
  affected: string[];
  record: { key: string; sha256: string };
}

/**
 * Records what was proved, as the records of proofs in the bucket show, never as a caller says. What is bad marks each
 * backup that needs it, with a record of its own. Run twice, it finds its records.
 */
export function makeRecordVerification(dependencies: ControlDependencies) {
  return async function recordVerification({
    chain,
    plan,
    repaired = false,
  }: RecordVerificationInput): Promise<RecordVerificationResult> {
    const repository = verifiersRepository(dependencies);
    const { level, manifestSha256 } = plan;
    const subject = await subjectOf(repository, plan.id, manifestSha256);
    const { kind, id, owners } = subject;
    const [since, day] = [new Date(plan.since), new Date(plan.plannedAt)];
    const proofs = await readProofs(repository, { kind, owners, since });
    const own: KnownBadObject[] = [];
    const sums = { objects: 0, bytes: 0, unproved: 0 };
    for await (const file of subject.files()) {
      const digest = digestOf(repository.cluster, file);
      sums.objects += 1;
      sums.bytes += file.size;
      if (sums.objects % 10_000 === 0) heartbeat(sums.objects);
      const bad = proofs.bad.get(digest);
      if (bad) own.push(bad);
      else if (isRead(level, file, { digest, day }) && !proofs.provedSince(digest, since)) sums.unproved += 1;
    }
    if (sums.unproved > 0)
      throw failWith(
        'ManifestInvalid',
        `The verification of ${id} was not recorded: no record says that ${countText(sums.unproved)} of its ${countText(sums.objects)} objects were read. Someone has removed records from ${repository.store.location}, or nothing was read. Start it again.`,
      );
    const record = async (of: string, bad: readonly KnownBadObject[]) =>
      await writeOnce(repository, chain, {
        ...{ format: FORMAT, backupId: of, level, ok: bad.length === 0, problems: problemsOf(of, bad) },
        ...(of === id ? { objects: sums.objects, bytes: sums.bytes } : { foundBy: id }),
        ...(kind === 'dump' ? { kind } : {}),
        verifiedAt: plan.plannedAt,
      });
    const others =
      own.length === 0 || kind === 'dump'
        ? []
        : await backupsThatNeed(repository, { database: subject.database, but: id }, own);
    if (await isDeleted(repository, kind, id))
      throw failWith(
        'NotFound',
        `${id} was deleted while it was verified, so nothing was recorded about it. Verify another one: kalpa backups.`,
      );
    for (const { id: other, bad } of others) await record(other, bad);
    if (repaired && kind === 'backup')
      for (const healed of await noLongerDamaged(repository, { database: subject.database, but: id }))
        await writeOnce(repository, chain, {
          ...{ format: FORMAT, backupId: healed, level: 'repair', ok: true, problems: [], foundBy: id },
          verifiedAt: plan.plannedAt,
        });
    const { key, sha256 } = await record(id, own);
    const affected = own.length === 0 ? [] : [id, ...others.map((one) => one.id)];
    const words = [
      ...(own.length === 0 ? [] : [unrestorableText(id, own.length)]),
      ...others.map((one) => unrestorableText(one.id, one.bad.length)),
      ...own.map(badObjectText),
    ];
    return {
      problems: cut(words, PROBLEMS_TOLD),
      affected: affected.slice(0, AFFECTED_TOLD),
      record: { key, sha256 },
    };
  };
}
