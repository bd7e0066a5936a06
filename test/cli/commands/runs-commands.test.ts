import { KalpaFailure, type ListedRun } from '../../../src/client';
import { failing, kalpa, never, type FakeRun } from '../fake-cli';

const RUN = 'backup/demo/ysql.orders/20261122T015907Z';
const running: ListedRun[] = [
  {
    ...{ workflowId: RUN, runId: 'r-1', operation: 'backUpDatabase', status: 'RUNNING', phase: 'files' },
    ...{ startedAt: '2026-11-22T01:59:07Z', database: 'ysql.orders', startedBy: 'alice@host', link: 'http://ui/r-1' },
  },
  {
    ...{ workflowId: 'mine', runId: 'r-2', operation: 'dumpCluster', status: 'RUNNING' },
    ...{ startedAt: '2026-11-22T01:00:07Z', startedBy: 'schedule dump-cluster/demo/ysql' },
  },
];

/** A Temporal with these runs. */
function world({ runs = running, more = false, ...fake }: FakeRun & { runs?: ListedRun[]; more?: boolean } = {}) {
  const asked: unknown[] = [];
  const client = {
    runs: async (atMost: number) => {
      asked.push(['runs', atMost]);
      return await Promise.resolve({ runs, more });
    },
    describeRun: async (workflowId: string) => {
      const found = runs.find((run) => run.workflowId === workflowId);
      if (found) return await Promise.resolve(found);
      throw new KalpaFailure('NotFound', `Temporal knows no operation ${workflowId} of cluster demo.`);
    },
    openRun: (of: { workflowId: string; runId: string }) => ({
      ...of,
      reference: () => of,
      result: fake.result ?? never,
      progress: async () => await Promise.reject(new Error('no worker')),
      cancel: async () => {
        asked.push(['cancel', of.workflowId]);
        await Promise.resolve();
      },
      setLimits: async (limits: object) => {
        asked.push(['limits', of.workflowId, limits]);
        await Promise.resolve();
      },
    }),
  };
  return { asked, fake: { ...fake, client } };
}

describe('29: kalpa runs', () => {
  it('29: shows what runs, where it is, for how long, and who started it', async () => {
    const { code, stdout } = await kalpa(['runs'], world().fake);
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['RUN', 'PHASE', 'FOR', 'OPERATION', 'DATABASE', 'STARTED BY'],
      [RUN, 'files', '1 min', 'backUpDatabase', 'ysql.orders', 'alice@host'],
      ['mine', '1 h 0 min', 'dumpCluster', 'schedule dump-cluster/demo/ysql'],
      [''],
    ]);
  });

  it('29: of one database, at 80 columns, and for programs', async () => {
    const { stdout } = await kalpa(['runs', 'ysql.orders'], { ...world().fake, tty: true, columns: 80 });
    expect(stdout.split('\n').slice(1)).toEqual([
      `${RUN}  files      1 min`,
      '  operation backUpDatabase  database ysql.orders  started by alice@host',
      '',
    ]);
    const json = await kalpa(['runs', '--json', '--newest', '2'], world({ more: true }).fake);
    expect(JSON.parse(json.stdout)).toEqual({ runs: running, more: true });
  });

  it('29: says that nothing runs, and that more runs than is shown', async () => {
    expect((await kalpa(['runs'], world({ runs: [] }).fake)).stdout).toBe('Nothing runs.\n');
    const { asked, fake } = world({ more: true });
    const { stderr } = await kalpa(['runs', '--newest', '2'], fake);
    expect([asked, stderr]).toEqual([[['runs', 2]], 'These are the newest 2; there are others: --newest.\n']);
  });
});

describe('29: kalpa watch', () => {
  const result = async () =>
    await Promise.resolve({ backupId: 'b-1', bytes: 5, nodes: [], warnings: ['a node is unavailable'] });

  it.each([RUN, 'ysql.orders'])('29: takes %s, and prints the result at the end', async (given) => {
    const { code, stdout } = await kalpa(['watch', given], world({ result }).fake);
    expect(code).toBe(0);
    expect(stdout).toContain(`watching  ${RUN}\n`);
    expect(stdout).toContain('complete\n  backupId  b-1\n  bytes     5\nwarning: a node is unavailable\n');
    const json = await kalpa(['watch', given, '--json'], world({ result }).fake);
    expect(JSON.parse(json.stdout)).toMatchObject({ workflowId: RUN, operation: 'backUpDatabase', backupId: 'b-1' });
  });

  it('29: ends as the run ends', async () => {
    const { code, stderr } = await kalpa(
      ['watch', RUN],
      world({ result: failing('DatabaseBusy', 'It is held.') }).fake,
    );
    expect(code).toBe(3);
    expect(stderr).toContain('It is held.');
  });

  it('29: leaves the run alone at Ctrl-C, and says how to go on', async () => {
    const { code, stderr } = await kalpa(['watch', RUN], world({ interrupt: true }).fake);
    expect(code).toBe(130);
    expect(stderr).toContain(`Watch it again: kalpa watch ${RUN}\nCancel it:      kalpa cancel ${RUN}\n`);
  });

  it('29: names the nearest run, and asks for an id where two are at work', async () => {
    const wrong = await kalpa(['watch', RUN.replace('orders', 'order')], world().fake);
    expect(wrong.code).toBe(3);
    expect(wrong.stderr).toContain(`Did you mean ${RUN}?`);
    const [first] = running as [ListedRun];
    const two = world({ runs: [first, { ...first, workflowId: 'other' }] });
    const { code, stderr } = await kalpa(['watch', 'ysql.orders'], two.fake);
    expect(code).toBe(3);
    expect(stderr).toContain(`Several runs work on it, name one:\n    ${RUN}\n    other\n`);
  });
});

describe('29: kalpa cancel', () => {
  it('29: waits until it has cleaned up', async () => {
    const { asked, fake } = world({ result: failing('Cancelled', 'It was cancelled and has cleaned up.') });
    const { code, stdout } = await kalpa(['cancel', RUN], fake);
    expect({ code, asked }).toEqual({ code: 0, asked: [['cancel', RUN]] });
    expect(stdout).toContain(`cancelled  ${RUN}  cleaned up\n`);
  });

  it('29: returns at once with --detach', async () => {
    const { asked, fake } = world();
    const { code, stdout } = await kalpa(['cancel', 'ysql.orders', '--detach'], fake);
    expect({ code, stdout, asked: asked.at(-1) }).toEqual({
      code: 0,
      stdout: `asked to cancel  ${RUN}\n`,
      asked: ['cancel', RUN],
    });
  });

  it.each([
    ['completed', async () => await Promise.resolve({}), 'was complete before it could be cancelled', 1],
    ['failed', failing('ToolFailed', 'It failed by itself.'), 'It failed by itself.', 1],
  ])('29: says so when the run %s first', async (_, result, text, exit) => {
    const { code, stderr } = await kalpa(['cancel', RUN], world({ result }).fake);
    expect(code).toBe(exit);
    expect(stderr).toContain(text);
  });

  it('29: changes nothing of a run that has ended', async () => {
    const [first] = running as [ListedRun];
    for (const command of [
      ['cancel', RUN],
      ['limit', RUN, '--parallelism', '2'],
    ]) {
      const { asked, fake } = world({ runs: [{ ...first, status: 'FAILED' }] });
      const { code, stderr } = await kalpa(command, fake);
      expect({ code, asked }).toEqual({ code: 3, asked: [] });
      expect(stderr).toContain(`${RUN} has ended already (FAILED); nothing was changed.`);
    }
  });
});

describe('29: kalpa limit', () => {
  it('29: sends the limits to the run', async () => {
    const { asked, fake } = world();
    const { code, stdout } = await kalpa(['limit', RUN, '--bytes-per-second', '20MB', '--parallelism', '0'], fake);
    expect({ code, asked }).toEqual({
      code: 0,
      asked: [['limits', RUN, { bytesPerSecond: 20_000_000, parallelism: 0 }]],
    });
    expect(stdout).toBe(`limited  ${RUN}  20,000,000 bytes per second, no limit of requests for each node\n`);
  });

  it.each([[['limit', RUN]], [['limit', RUN, '--bytes-per-second', 'slow']]])('29: %j is wrong usage', async (line) => {
    const { asked, fake } = world();
    expect({ code: (await kalpa(line, fake)).code, asked }).toEqual({ code: 2, asked: [] });
  });
});
