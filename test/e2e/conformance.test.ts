import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from '../../src/conformance';
import { leftovers } from '../support/cluster/cluster-state';
import { conform, named, notWell, startConformance, started } from '../support/cluster/conform';
import { FaultCluster } from '../support/cluster/fault-cluster';
import { withSql } from '../support/cluster/sql';
import { until } from '../support/stack';

/** What each chapter compares row by row, in the short form. */
const COMPARED = [
  'restore: compare wide_restored row by row',
  'restore: compare keyspace_restored row by row',
  'snapshots: compare the keyspace database itself row by row',
  'dumps: compare wide_loaded row by row',
  'pitr: compare wide_then row by row',
  'pitr: compare the wide database itself row by row',
];
const compared = ({ steps }: Report): string[] =>
  steps
    .filter(({ end, step }) => end === 'ok' && step.startsWith('compare '))
    .map(({ chapter, step }) => `${chapter}: ${step}`);

/** Databases are made in seconds, on a busy machine in minutes. */
const LONG_MS = 300_000;

let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'conformance-'));
});
afterEach(() => {
  rmSync(out, { recursive: true, force: true });
});

it('24: kalpa conformance finds the planted difference, cleans up after a start that was killed, and touches nothing of others', async () => {
  const cluster = await FaultCluster.make({ without: [0] });
  const foreign = 'kalpa_conformance_0a1b2c3d_wide';
  try {
    await withSql(cluster.json.ysql, 'yugabyte', async (sql) => await sql.query(`CREATE DATABASE ${foreign}`));
    const killed = startConformance(cluster, out, '--short');
    await until(
      'a database and a keyspace are made and marked',
      async () => {
        if (killed.exitCode !== null) throw new Error(killed.output);
        return /a keyspace: ok/.test(killed.output) && (await named(cluster)).length > 1;
      },
      LONG_MS,
    );
    killed.kill('SIGKILL');
    await once(killed, 'close');
    const left = (await named(cluster)).filter((name) => name !== foreign);

    // As a release would behave that the release table takes for another one.
    await cluster.arm({
      name: 'fail',
      command: 'edit_snapshot_schedule',
      text: 'Invalid operation: edit_snapshot_schedule',
    });
    const { code, output, report } = await conform(cluster, out, '--short');
    expect({ code, output }).toMatchObject({ code: 1 });
    const found = report();
    expect(found.findings.contradictions).toEqual([
      {
        what: expect.stringMatching(/^editsSchedules: the release table says yes/) as string,
        line: expect.any(Number) as number,
      },
    ]);
    expect(notWell(found).map(({ chapter, step }) => `${chapter}: ${step}`)).toEqual([
      'releases: edit_snapshot_schedule',
    ]);
    expect(compared(found)).toEqual(COMPARED);
    expect(found.findings.unknownOutputs).toEqual([]);
    const transcript = readFileSync(join(out, 'transcript.ndjson'), 'utf8').trim().split('\n');
    expect(transcript[(found.findings.contradictions[0]?.line ?? 0) - 1]).toContain(
      'Invalid operation: edit_snapshot_schedule',
    );
    expect(transcript.join('\n')).not.toContain('127.0.0.1');

    expect(found.ofEarlierRuns).toEqual(expect.arrayContaining(left.map((name) => `ysql.${name}`)));
    expect(found.cleanedUp.stays).toEqual([expect.stringMatching(new RegExp(`^ysql\\.${foreign}: .*not touched`))]);
    expect(await named(cluster)).toEqual([foreign]);
    await withSql(cluster.json.ysql, 'yugabyte', async (sql) => await sql.query(`DROP DATABASE ${foreign}`));
    expect(await leftovers(cluster.json, cluster.name)).toEqual([]);
  } finally {
    for (const child of started.splice(0)) child.kill('SIGKILL');
    await cluster.stop();
  }
}, 900_000);

it('24: kalpa conformance conforms on the oldest release, and drops everything after Ctrl-C', async () => {
  const cluster = await FaultCluster.make({ without: [0], dialect: '2.6' });
  try {
    const { code, output, report } = await conform(cluster, out, '--short');
    expect({ code, not: notWell(report()), output }).toMatchObject({ code: 0, not: [] });
    expect(compared(report())).toEqual(COMPARED);
    expect(await named(cluster)).toEqual([]);
    expect(await leftovers(cluster.json, cluster.name)).toEqual([]);

    const interrupted = startConformance(cluster, out, '--short');
    await until(
      'a backup runs',
      () => {
        if (interrupted.exitCode !== null) throw new Error(interrupted.output);
        return Promise.resolve(/a keyspace: ok/.test(interrupted.output));
      },
      LONG_MS,
    );
    interrupted.kill('SIGINT');
    const [exit] = (await once(interrupted, 'close')) as [number | null];
    expect({ exit, output: interrupted.output }).toMatchObject({ exit: 130 });
    expect(JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'))).toMatchObject({ interrupted: true });
    expect(await named(cluster)).toEqual([]);
    expect(await leftovers(cluster.json, cluster.name)).toEqual([]);
  } finally {
    for (const child of started.splice(0)) child.kill('SIGKILL');
    await cluster.stop();
  }
}, 900_000);
