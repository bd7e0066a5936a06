import { cancellationSignal } from '@temporalio/activity';
import { SCRATCH_NAME, type InspectClusterResult } from '../../../contract';
import { policiesOf } from '../../../holdings';
import { probeStore } from '../../../repository';
import { listTables, readScheduleEvidence } from '../../../yugabyte';
import type { NodeState } from '../../internal-types';
import type { ControlDependencies } from '../dependencies';
import { Checks } from '../preflight/checks';
import { listSchedules } from '../../../schedules';
import { orphanedScheduleProblem, inspectOrphanedSchedules } from './orphaned-schedules';
import { nextRuns, unprotected } from './protection';
import {
  byStart,
  newestRecoveryPoint,
  recoverableFromBucket,
  recoverableFromCluster,
  fitIntoPayload,
} from './recoverable';
import { rehearsed } from './rehearsed';
import { bytesByTablet, countsOf } from './sizes';
import { inspectSnapshots } from './snapshots';
import { given } from '../../../objects/given';

/** Databases, backups, store and problems; the nodes were asked by the workflow. */
export function makeInspect(dependencies: ControlDependencies) {
  const {
    config,
    timing: { preflightDeadline },
  } = dependencies;
  return async function inspect({
    nodes,
    unlisted,
  }: {
    nodes: NodeState[];
    unlisted?: string;
  }): Promise<InspectClusterResult> {
    const yugabyte = dependencies.yugabyte();
    const checks = new Checks(dependencies, {
      patienceMs: preflightDeadline,
      deadlineMs: 6 * preflightDeadline, // of one question of many
      signal: cancellationSignal(),
    });
    const capabilities = await checks.look('The tools', async () => await yugabyte.capabilities());
    const release = capabilities && (await yugabyte.release());
    const entities = await checks.look('The masters', async () => await yugabyte.http.dumpEntities());
    const tables = capabilities && (await checks.look('The tables', async () => await yugabyte.run(listTables, {})));
    const types = tables && new Map(tables.map(({ id, type }) => [id, type]));
    const probe = await checks.look(
      `The store ${checks.storeLocation}`,
      async ({ store }) => await probeStore(store, config.repository.objectLock),
    );
    if (unlisted !== undefined && entities && capabilities) {
      checks.add('PreflightFailed', `The masters could not list the tservers: ${unlisted}`);
    }
    const bytes = entities ? await bytesByTablet(dependencies, nodes, checks) : new Map<string, number>();
    const names = (await checks.look('YSQL', async () => await yugabyte.sql.listDatabases())) ?? [];
    const keyspaces =
      (entities && (await checks.look('The keyspaces', async () => await yugabyte.api('ycql').list()))) ?? [];
    const databases: InspectClusterResult['databases'] = [];
    const schedules = await checks.look(
      'The Temporal schedules',
      async () => await listSchedules(dependencies.client, config.cluster),
    );
    const evidence =
      capabilities && (await checks.look('The snapshot schedules', async () => await readScheduleEvidence(yugabyte)));
    const now = new Date();
    const listed = [
      ...names.filter(({ name }) => !SCRATCH_NAME.test(name)).map(({ name }) => `ysql.${name}`),
      ...keyspaces.map((name) => `ycql.${name}`),
    ];
    const policies =
      config.policies ??
      (probe && (await checks.look('The policies', async () => await policiesOf(dependencies.repository)))) ??
      {};
    for (const database of listed) {
      const signal = cancellationSignal();
      const stored =
        probe &&
        (await checks.look(
          `The backups of ${database}`,
          async () => await recoverableFromBucket(dependencies, database),
        ));
      const bucket = stored?.ranges;
      for (const problem of stored?.problems ?? []) checks.add('PreflightFailed', problem);
      const proved =
        probe &&
        (await checks.look(
          `The rehearsals of ${database}`,
          async () => await rehearsed(dependencies, { database, policies, now }),
        ));
      for (const problem of proved?.problems ?? []) checks.add('PreflightFailed', problem);
      const newest = bucket?.at(-1);
      const own =
        evidence &&
        probe &&
        (await checks.look(
          `The snapshot schedule of ${database}`,
          async () => await recoverableFromCluster(dependencies, database, { evidence, signal }),
        ));
      for (const problem of own?.problems ?? []) checks.add('PreflightFailed', problem);
      const found = {
        database,
        ...countsOf(entities, database, { bytes, types }),
        ...(own?.pointInTimeRecovery ? { pointInTimeRecovery: own.pointInTimeRecovery } : {}),
        ...given({ newestBackup: newest && { backupId: newest.by, recoveryPoint: newest.to } }),
        ...given({ lastRehearsal: proved?.lastRehearsal }),
        ...newestRecoveryPoint([...(bucket ?? []), ...(own?.recoverable ?? [])], now),
        ...(schedules ? { nextRuns: nextRuns(schedules, database) } : {}),
        recoverable: [...(bucket ?? []), ...(own?.recoverable ?? [])].sort(byStart),
      };
      databases.push(found);
      // If all backups are damaged, that is already reported.
      if (stored?.problems.length === 0)
        for (const problem of unprotected(found)) checks.add('PreflightFailed', problem);
    }
    const orphaned = evidence && inspectOrphanedSchedules(evidence);
    const scheduled = new Set(databases.flatMap((one) => (one.pointInTimeRecovery ? [one.database] : [])));
    for (const one of orphaned ?? []) checks.add('PreflightFailed', orphanedScheduleProblem(one, scheduled));
    const inCluster =
      capabilities &&
      probe &&
      (await checks.look(
        'The snapshots',
        async () => await inspectSnapshots(dependencies, { entities, signal: cancellationSignal() }),
      ));
    for (const problem of inCluster?.problems ?? []) checks.add('PreflightFailed', problem);
    for (const { address, worker, alive, workerProblem } of nodes)
      if (!worker)
        checks.add(
          'PreflightFailed',
          `${address}: ${alive ? (workerProblem ?? 'no worker') : 'its tserver is not ALIVE'}`,
        );
    return {
      cluster: config.cluster,
      version: release ?? 'unknown',
      dialect: capabilities?.since ?? 'unknown',
      nodes: nodes.map(({ address, alive, worker }) => ({
        node: address,
        alive,
        worker: worker !== undefined,
        freeBytes: worker?.freeBytes ?? null,
      })),
      databases: fitIntoPayload(databases),
      ...(inCluster ? { snapshots: inCluster.snapshots } : {}),
      ...(orphaned && orphaned.length > 0 ? { goneSchedules: orphaned } : {}),
      store: { safe: probe?.safe ?? false, findings: probe?.findings ?? [] },
      problems: checks.findings.list.map(({ message }) => message),
    };
  };
}
