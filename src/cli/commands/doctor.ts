import type { Command } from 'commander';
import type { KalpaClient } from '../../client';
import type { ResolvedConfig } from '../../config';
import { describeError } from '../core/command-error';
import { defineCommand } from '../core/define-command';
import { ok, problem, type Check } from '../doctor/check';
import { clockCheck } from '../doctor/clock-check';
import { clusterChecks } from '../doctor/cluster-checks';
import { permissionChecks } from '../doctor/permission-checks';
import { storeCheck } from '../doctor/store-checks';
import { temporalChecks } from '../doctor/temporal-checks';
import { toolChecks } from '../doctor/tool-checks';
import { webCheck } from '../doctor/web-check';
import { EXIT } from '../core/exit-codes';
import { Session, type CommandContext } from '../core/session';
import { painter } from '../core/terminal-text';

/** `kalpa doctor`: everything that a first run would trip over. */
export function doctorCommand(context: CommandContext): Command {
  const command = defineCommand(
    'doctor',
    'Look for everything that a first run would trip over; changes nothing but objects under probe/.',
    {
      examples: ['kalpa doctor', 'kalpa doctor --config /etc/kalpa/kalpa.yaml --json'],
      exits: { 0: 'no problem (there may be warnings)', 1: 'at least one problem', 2: undefined, 4: undefined },
    },
  );
  return command.action(async () => {
    const session = new Session(context, command);
    const resolved = session.config();
    const { checks, reachable } = await examine(session, resolved);
    const count = (status: Check['status']): number => checks.filter((check) => check.status === status).length;
    const [problems, warnings] = [count('problem'), count('warning')];
    session.print({ cluster: resolved.config.cluster, problems, warnings, checks }, () =>
      reportText(session, checks, problems, warnings),
    );
    context.exit(!reachable ? EXIT.unreachable : problems > 0 ? EXIT.failed : EXIT.done);
  });
}

async function examine(session: Session, resolved: ResolvedConfig): Promise<{ checks: Check[]; reachable: boolean }> {
  const { parts, io } = session.context;
  const { config, source } = resolved;
  const cluster = parts.openCluster(resolved);
  const bucket = parts.openBucket(resolved);
  const { client, check } = await reach(session, resolved);
  try {
    const [temporal, tools, ofCluster, web, store, clocks] = await Promise.all([
      client ? temporalChecks(client, resolved) : [],
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
        ...permissionChecks(config),
        clocks,
      ],
      reachable: client !== undefined,
    };
  } finally {
    bucket.close();
    await client?.close();
  }
}

async function reach({ context }: Session, resolved: ResolvedConfig): Promise<{ client?: KalpaClient; check: Check }> {
  try {
    const client = await context.parts.connect(resolved);
    return { client, check: ok('Temporal', 'answers') };
  } catch (error) {
    return {
      check: problem(
        'Temporal',
        describeError(error).message,
        'start it, or correct temporal.toml and TEMPORAL_*; the lines about workers are left out',
      ),
    };
  }
}

const WIDTH = 7;

function reportText(session: Session, checks: Check[], problems: number, warnings: number): string {
  const paint = painter(session.io);
  const colour = { ok: 'green', warning: 'yellow', problem: 'red' } as const;
  const lines = checks.flatMap(({ status, area, message, cure }) => [
    `${paint(colour[status], status.padEnd(WIDTH))}  ${area}: ${message}`,
    ...(cure === undefined ? [] : [`${' '.repeat(WIDTH)}  → ${cure}`]),
  ]);
  const plural = (count: number, word: string): string =>
    `${count === 0 ? 'no' : count} ${word}${count === 1 ? '' : 's'}`;
  return `${lines.join('\n')}\n\n${plural(problems, 'problem')}, ${plural(warnings, 'warning')}`;
}
