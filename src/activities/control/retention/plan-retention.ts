import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { KALPA_VERSION } from '../../../config';
import type { Chain, RetentionDecision } from '../../../contract';
import { readForPlan } from '../../../holdings';
import { given } from '../../../objects/given';
import { putWorkList, withSignal, writePolicies, writeSummaries } from '../../../repository';
import { brokenPromises, plan } from '../../../retention';
import { startedBy } from '../../../schedules';
import { failWith } from '../../application-failure';
import type { ControlDependencies } from '../dependencies';

export interface PlanRetentionInput {
  chain: Chain;
  database?: string;
}

export interface PlanRetentionResult {
  kept: number;
  deleted: number;
  freedBytes: number;
  first: RetentionDecision[];
  plan: { key: string; sha256: string };
  warnings: string[];
}

/** Decisions in a result; the bucket has all of them. */
const FIRST = 200;

/**
 * Records the policies of `kalpa.yaml` if they have changed, decides about every backup and dump, and summarizes those
 * that are new, so that lists of many stay quick. Deletes nothing.
 */
export function makePlanRetention({ repository: shared, config, client }: ControlDependencies) {
  return async function planRetention({ chain, database }: PlanRetentionInput): Promise<PlanRetentionResult> {
    const repository = withSignal(shared, cancellationSignal());
    if (config.policies !== undefined)
      await writePolicies(repository, {
        policies: JSON.parse(JSON.stringify(config.policies)) as Record<string, unknown>,
        kalpaVersion: KALPA_VERSION,
        ...given({ by: await startedBy(client, chain) }),
      });
    const input = await readForPlan(repository, { onRead: heartbeat });
    const decisions = plan(input).decisions.filter((one) => database === undefined || one.database === database);
    const goes = decisions.filter(({ decision }) => decision === 'delete');
    const broken = brokenPromises(input, new Set(goes.map(({ backupId }) => backupId)));
    if (broken.length > 0)
      throw failWith(
        'PromiseBroken',
        `Nothing was deleted, since a promise of the policies would be broken: ${broken.join('; ')}. Change the policies, or find out what is missing: kalpa backups.`,
        broken.map((promise) => ({ promise })),
      );
    const freedBytes = goes.reduce((sum, { freesBytes }) => sum + freesBytes, 0);
    const { key, sha256 } = await putWorkList(repository, {
      ...{ workflowId: chain.workflowId, name: 'retention', bytes: freedBytes },
      lines: decisions,
    });
    await writeSummaries(repository);
    const ordered = [...goes, ...decisions.filter(({ decision }) => decision === 'keep')];
    const strange = decisions.filter(({ rules }) => rules.includes('not believed'));
    return {
      kept: decisions.length - goes.length,
      deleted: goes.length,
      freedBytes,
      first: ordered.slice(0, FIRST),
      plan: { key, sha256 },
      warnings:
        strange.length === 0
          ? []
          : [
              `${strange.length} are neither counted nor deleted, the first: ${strange[0]?.backupId}, ${strange[0]?.because}`,
            ],
    };
  };
}
