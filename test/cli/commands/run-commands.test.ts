import type { Progress } from '../../../src/contract';
import { failing, kalpa, never } from '../fake-cli';

const backedUp = {
  backupId: 'ysql.orders-20261122T020007Z-3fa9c1',
  database: 'ysql.orders',
  recoveryPoint: '2026-11-22T02:00:07.123456Z',
  tablets: 412,
  bytes: 1_200_000_000_000,
  uploadedBytes: 38_000_000_000,
  warnings: ['node 3 has no worker'],
};

const copying: Progress = {
  operation: 'backUpDatabase',
  phase: 'files',
  phases: [
    { name: 'preflight', state: 'complete', startedAt: '2026-11-22T02:00:07Z', endedAt: '2026-11-22T02:00:09Z' },
    { name: 'files', state: 'running', startedAt: '2026-11-22T02:00:09Z' },
    { name: 'cleanup', state: 'waiting' },
  ],
  nodes: [
    { node: '127.0.0.1:9100', filesDone: 1, filesTotal: 2, bytesDone: 500, bytesTotal: 1000, bytesPerSecond: 100 },
  ],
  etaSeconds: 5,
  message: '',
};

describe('kalpa backup', () => {
  it('sends what was given and nothing else', async () => {
    const { started, code, closed } = await kalpa(['backup', 'ysql.orders'], {
      result: async () => await Promise.resolve(backedUp),
    });
    expect(started).toEqual([['backUpDatabase', { database: 'ysql.orders' }, {}]]);
    expect([code, closed]).toEqual([0, 1]);
  });

  it('turns every option into a field', async () => {
    const line = [
      'backup',
      'ysql.orders',
      '--label',
      'weekly',
      '--keep-for',
      '30 days',
      '--incremental',
      'no',
      '--fingerprint',
      'full',
    ];
    line.push(
      '--bytes-per-second',
      '50MB',
      '--parallelism',
      '4',
      '--when-busy',
      'wait',
      '--wait-at-most',
      '30m',
      '--workflow-id',
      'mine',
      '--detach',
    );
    const { started } = await kalpa(line);
    expect(started).toEqual([
      [
        'backUpDatabase',
        {
          database: 'ysql.orders',
          label: 'weekly',
          keepFor: '30 days',
          incremental: 'no',
          fingerprint: 'full',
          whenBusy: 'wait',
          waitAtMost: '30m',
          bytesPerSecond: 50_000_000,
          parallelism: 4,
        },
        { workflowId: 'mine' },
      ],
    ]);
  });

  it('prints lines when piped: phases, the result, warnings; no colour', async () => {
    const { stdout, code } = await kalpa(['backup', 'ysql.orders'], {
      result: async () => await Promise.resolve(backedUp),
      progress: async () => await Promise.resolve(copying),
    });
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        "started  backup/demo/it's",
        '         http://ui/run-1',
        'complete  preflight  2 s',
        'running   files',
        'complete  ysql.orders-20261122T020007Z-3fa9c1  412 tablets  1.20 TB (38.0 GB new)  recovery point 2026-11-22T02:00:07.123456Z',
        'warning: node 3 has no worker',
        '',
      ].join('\n'),
    );
  });

  it('prints one JSON document and nothing else with --json', async () => {
    const { stdout, stderr } = await kalpa(['backup', 'ysql.orders', '--json'], {
      result: async () => await Promise.resolve(backedUp),
    });
    expect(JSON.parse(stdout)).toEqual({
      workflowId: "backup/demo/it's",
      runId: 'run-1',
      link: 'http://ui/run-1',
      ...backedUp,
    });
    expect(stderr).toBe('');
  });

  it('returns at once with --detach', async () => {
    const text = await kalpa(['backup', 'ysql.orders', '--detach'], { result: never });
    expect(text.stdout).toContain('http://ui/run-1');
    const json = await kalpa(['backup', 'ysql.orders', '--detach', '--json'], { result: never });
    expect(JSON.parse(json.stdout)).toEqual({
      workflowId: "backup/demo/it's",
      runId: 'run-1',
      link: 'http://ui/run-1',
    });
    expect(json.code).toBe(0);
  });

  it('leaves the run alone at Ctrl-C, says how to cancel it, and ends with 130', async () => {
    const { code, stderr, closed } = await kalpa(['backup', 'ysql.orders'], { result: never, interrupt: true });
    expect(code).toBe(130);
    expect(stderr).toContain('continues: http://ui/run-1');
    expect(stderr).toContain("Cancel it:      kalpa cancel 'backup/demo/it'\\''s'");
    expect(closed).toBe(1);
  });

  it('says that no worker answers, once, and waits on', async () => {
    const { stderr } = await kalpa(['backup', 'ysql.orders'], { result: never, interrupt: true });
    expect(stderr.match(/No control worker answers on kalpa\/demo/g)).toHaveLength(1);
  });

  it.each([
    ['InvalidInput', 2],
    ['PreflightFailed', 3],
    ['DatabaseBusy', 3],
    ['NotFound', 3],
    ['ToolFailed', 1],
    ['Cancelled', 1],
  ] as const)('ends %s with exit code %d and its sentence on stderr', async (type, code) => {
    const outcome = await kalpa(['backup', 'ysql.orders'], { result: failing(type, 'It was refused.', [{ a: 1 }]) });
    const text = type === 'Cancelled' ? 'kalpa: It was refused.\n' : `kalpa: ${type}: It was refused.\n`;
    expect(outcome).toMatchObject({ code, stderr: expect.stringContaining(text) as string });
    const json = await kalpa(['backup', 'ysql.orders', '--json'], {
      result: failing(type, 'It was refused.', [{ a: 1 }]),
    });
    expect(JSON.parse(json.stdout)).toEqual({
      error: { type, message: 'It was refused.', details: [{ a: 1 }], workflowId: 'w', runId: 'r' },
    });
  });

  it('ends with 4 and one sentence when Temporal is unavailable', async () => {
    const away = Object.assign(new Error('Temporal does not answer at x:1: start it.'), {
      name: 'TemporalUnreachable',
    });
    const { code, stdout, stderr } = await kalpa(['backup', 'ysql.orders'], {
      parts: { connect: async () => await Promise.reject(away) },
    });
    expect({ code, stdout, stderr }).toEqual({
      code: 4,
      stdout: '',
      stderr: 'kalpa: Temporal does not answer at x:1: start it.\n',
    });
  });

  it('shows bars on a terminal', async () => {
    const { stdout, code } = await kalpa(['backup', 'ysql.orders'], {
      tty: true,
      result: async () => await Promise.resolve(backedUp),
      progress: async () => await Promise.resolve(copying),
    });
    expect(code).toBe(0);
    expect(stdout).toContain('✓ preflight  ● files  ○ cleanup');
    expect(stdout).toContain('127.0.0.1:9100');
  });
});

describe('kalpa rehearse', () => {
  const proof = {
    ...{ backupId: backedUp.backupId, database: 'ysql.orders', recoveryPoint: backedUp.recoveryPoint },
    ...{ provedAt: backedUp.recoveryPoint, recoveryTimeSeconds: 41.2, level: 'counts', tablesChecked: 6 },
    ...{ rowsChecked: 200_000, record: 'verifications/x.json' },
    phases: [
      { phase: 'preflight', seconds: 1.2 },
      { phase: 'files', seconds: 40 },
    ],
  };

  it('26.5: says what was proved, how long the recovery took and where the time went', async () => {
    const { started, stdout } = await kalpa(['rehearse', 'ysql.orders'], {
      result: async () => await Promise.resolve(proof),
    });
    expect(started[0]).toEqual(['rehearseRestore', { database: 'ysql.orders' }, {}]);
    expect(stdout).toContain(`proved  ${proof.backupId}  verified: counts, 200,000 rows in 6 tables compared`);
    expect(stdout).toContain('recovery time 41 s (preflight 1.2 s, files 40 s)\nthe scratch database was dropped');
  });

  it('26.5: passes on what was chosen, and tells what was kept', async () => {
    const line = 'rehearse ysql.orders --backup b --to random --verify full --keep --bytes-per-second 1MB';
    const kept = { ...proof, level: 'objects', keptAs: 'ysql.orders_rehearsed_3fa9c1' };
    const { started, stdout } = await kalpa(line.split(' '), { result: async () => await Promise.resolve(kept) });
    expect(started[0]?.[1]).toEqual({
      ...{ database: 'ysql.orders', backup: 'b', to: 'random', verify: 'full', keep: true, bytesPerSecond: 1_000_000 },
    });
    expect(stdout).toContain('objects compared');
    expect(stdout).toContain('kept as ysql.orders_rehearsed_3fa9c1; drop it when you are done');
  });
});

describe('kalpa restore', () => {
  const restored = {
    database: 'ysql.copy',
    backupId: backedUp.backupId,
    recoveryPoint: backedUp.recoveryPoint,
    verified: { level: 'counts', tablesChecked: 6, rowsChecked: 200_000 },
  };

  it('takes a backup id or a database', async () => {
    const one = await kalpa(['restore', backedUp.backupId, '--as', 'copy'], {
      result: async () => await Promise.resolve(restored),
    });
    expect(one.started[0]).toEqual(['restoreDatabase', { backup: backedUp.backupId, as: 'copy' }, {}]);
    expect(one.stdout).toContain(
      'complete  ysql.copy  from ysql.orders-20261122T020007Z-3fa9c1  verified: counts, 200,000 rows in 6 tables compared',
    );
    const newest = await kalpa([
      'restore',
      'ysql.orders',
      '--before',
      '2026-11-22T00:00:00Z',
      '--roles',
      'skip',
      '--detach',
    ]);
    expect(newest.started[0]).toEqual([
      'restoreDatabase',
      { backup: { database: 'ysql.orders', before: '2026-11-22T00:00:00Z' }, roles: 'skip' },
      {},
    ]);
  });

  it('passes --to on, so that the contract refuses it in its own words', async () => {
    const { started } = await kalpa(['restore', backedUp.backupId, '--to', '2026-11-22T00:00:00Z', '--detach']);
    expect(started[0]?.[1]).toEqual({ backup: backedUp.backupId, to: '2026-11-22T00:00:00Z' });
  });
});

describe('what a run refuses', () => {
  const refusal =
    'Streams: "acknowledgeStreams": true. "confirm" says ysql.x. Or a new name in "as". The role "app" stays.';

  it('names the options of the command instead of the fields of the input', async () => {
    const { stderr, code } = await kalpa(['recover', 'ysql.orders', '--to', 'then', '--yes', 'ysql.orders'], {
      result: failing('PreflightFailed', refusal),
    });
    expect(code).toBe(3);
    expect(stderr).toContain(
      'Streams: --acknowledge-streams. --yes says ysql.x. Or a new name in --as. The role "app" stays.\n',
    );
  });

  it('stays as it is for programs', async () => {
    const { stdout } = await kalpa(['recover', 'ysql.orders', '--to', 'then', '--yes', 'ysql.orders', '--json'], {
      result: failing('PreflightFailed', refusal),
    });
    expect(JSON.parse(stdout)).toMatchObject({ error: { message: refusal } });
  });
});
