import type { KalpaClient } from '../../client';
import { temporalConnection, type ResolvedConfig } from '../../config';
import { describeError } from '../core/command-error';
import type { Session } from '../core/session';
import { ok, problem, type Check } from './check';
import { clockCheck } from './clock-check';
import { clusterChecks, webCheck } from './cluster-checks';
import { connectionChecks } from './connection-checks';
import { permissionChecks } from './permission-checks';
import { signingCheck } from './signing-check';
import { storeCheck } from './store-checks';
import { temporalChecks } from './temporal-checks';
import { toolChecks } from './tool-checks';

/** Every check of the doctor, in display order. */
export async function examine(
  session: Session,
  resolved: ResolvedConfig,
): Promise<{ checks: Check[]; reachable: boolean }> {
  const { parts, io } = session.context;
  const { config, source } = resolved;
  const cluster = parts.openCluster(resolved);
  const bucket = parts.openBucket(resolved);
  const { client, check } = await reach(session, resolved);
  try {
    const [temporal, tools, ofCluster, web, store, clocks] = await Promise.all([
      client ? temporalChecks(client, resolved, async () => await cluster.universe()) : [],
      toolChecks(config.tools, io.env, cluster),
      clusterChecks(cluster, config, client?.temporal),
      webCheck(cluster, config),
      storeCheck(bucket.location, () => bucket.probe(), config.repository.allowUnsafeStore ?? false),
      clockCheck(
        () => bucket.serverTime(),
        () => io.now(),
      ),
    ]);
    const configuration = ok('configuration', `${source.file}, cluster ${config.cluster}`);
    return {
      checks: [
        configuration,
        check,
        ...temporal,
        ...tools,
        ...ofCluster,
        web,
        ...store,
        ...connectionChecks(config, temporalConnection(resolved, io.env)),
        signingCheck(config),
        ...permissionChecks(resolved, io.env),
        clocks,
      ],
      reachable: client !== undefined,
    };
  } finally {
    bucket.close();
    await client?.close();
  }
}

/** `temporal.internal:7233, namespace "default"`. */
export function temporalAddressText(resolved: ResolvedConfig, env: NodeJS.ProcessEnv): string {
  const { address, namespace } = temporalConnection(resolved, env);
  return `${address}, namespace "${namespace}"`;
}

async function reach({ context }: Session, resolved: ResolvedConfig): Promise<{ client?: KalpaClient; check: Check }> {
  try {
    const client = await context.parts.connect(resolved);
    return { client, check: ok('Temporal', `answers at ${temporalAddressText(resolved, context.io.env)}`) };
  } catch (error) {
    return {
      check: problem(
        'Temporal',
        describeError(error).message,
        'start it, or correct temporal.toml and TEMPORAL_*; the checks of workers were skipped',
      ),
    };
  }
}

export { refuseForeignWorkers } from './foreign-workers';
