import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failing, kalpa } from '../fake-cli';

const BACKUP = 'ysql.orders-20261122T020007Z-3fa9c1';
const SNAPSHOT = '0d4b4935-2c95-4523-95ab-9ead1e95e794';

const inspected = {
  databases: [
    {
      database: 'ysql.orders',
      pointInTimeRecovery: { scheduleId: 's-1', every: '1 hour', keep: '7 days' },
      newestBackup: { backupId: BACKUP, recoveryPoint: '2026-11-22T02:00:07.000000Z' },
      recoverable: [
        { from: '2026-11-21T00:00:00.000000Z', to: '2026-11-22T01:30:00.000000Z', by: 'schedule s-1' },
        { from: '2026-11-22T02:00:07.000000Z', to: '2026-11-22T02:00:07.000000Z', by: BACKUP },
      ],
    },
    { database: 'ysql.shop', recoverable: [] },
  ],
  snapshots: [
    { snapshotId: SNAPSHOT, database: 'ysql.orders', state: 'COMPLETE', createdAt: '2026-11-22T01:00:00.000000Z' },
  ],
};
const answers = { inspectCluster: async () => await Promise.resolve(inspected) };
const ended = async () => await Promise.resolve({ database: 'ysql.orders', scheduleId: 's-1', snapshotId: SNAPSHOT });
const operations = (started: unknown[][]): unknown[] => started.map(([operation]) => operation);

describe('21: what destroys history', () => {
  const LINES = [
    {
      line: ['pitr', 'disable', 'ysql.orders'],
      word: 'yes',
      lost: 'Permanently lost: every moment from 2026-11-21T00:00:00.000000Z to 2026-11-22T01:30:00.000000Z.',
      next: 'kalpa pitr disable ysql.orders --yes',
      starts: ['disablePointInTimeRecovery', { database: 'ysql.orders' }, {}],
    },
    {
      line: ['snapshot', 'delete', SNAPSHOT],
      word: 'yes',
      lost: `Deleting snapshot ${SNAPSHOT} of ysql.orders, taken at 2026-11-22T01:00:00.000000Z`,
      next: `kalpa snapshot delete ${SNAPSHOT} --yes`,
      starts: ['deleteSnapshot', { snapshotId: SNAPSHOT }, {}],
    },
    {
      line: ['snapshot', 'restore', SNAPSHOT],
      word: 'ysql.orders',
      lost: 'reverts ysql.orders in place to 2026-11-22T01:00:00.000000Z: everything written to it since is permanently lost',
      next: `kalpa snapshot restore ${SNAPSHOT} --yes ysql.orders`,
      starts: ['restoreSnapshot', { snapshotId: SNAPSHOT, confirm: 'ysql.orders' }, {}],
    },
    {
      line: ['pitr', 'enable', 'ysql.orders', '--every', '1h', '--keep', '1 day'],
      word: 'yes',
      lost: 'keeps the history of 7 days, from 2026-11-21T00:00:00.000000Z. Keeping 1 day instead deletes what is older',
      next: "kalpa pitr enable ysql.orders --every 1h --keep '1 day' --yes",
      starts: ['enablePointInTimeRecovery', { database: 'ysql.orders', every: '1h', keep: '1 day' }, {}],
    },
  ];

  it.each(LINES)('21: $next shows what is lost, and asks', async ({ line, word, lost, starts }) => {
    const { code, stderr, started, asked } = await kalpa(line, { answers, answer: word, result: ended });
    expect(code).toBe(0);
    expect(stderr).toContain(lost);
    expect(asked).toEqual([`Type ${word} to proceed: `]);
    expect(started.at(-1)).toEqual(starts);
  });

  it.each(LINES)('21: $next is not done after any other answer', async ({ line, word }) => {
    for (const answer of ['', 'y', `${word}!`]) {
      const { code, stderr, started } = await kalpa(line, { answers, answer });
      expect({ code, started: operations(started) }).toEqual({ code: 2, started: ['inspectCluster'] });
      expect(stderr).toContain('Nothing was changed: it was not confirmed.');
    }
  });

  it.each(LINES)('21: $next is refused where nobody can be asked', async ({ line, lost, next }) => {
    const text = await kalpa(line, { answers });
    expect({ code: text.code, started: operations(text.started) }).toEqual({ code: 2, started: ['inspectCluster'] });
    expect(text.stderr).toContain(lost);
    expect(text.stderr).toContain(`\n  ${next}\n`);
    // A program at a terminal is not asked either.
    const json = await kalpa([...line, '--json'], { answers, answer: 'yes' });
    expect({ code: json.code, asked: json.asked }).toEqual({ code: 2, asked: [] });
    const { error } = JSON.parse(json.stdout) as { error: { type: string } };
    expect(error.type).toMatch(/^(NotConfirmed|DataLossNotConfirmed)$/);
  });

  it.each(LINES)('21: $next does it at once', async ({ line, word, starts }) => {
    const yes = word === 'yes' ? ['--yes'] : ['--yes', word];
    const { code, started, asked } = await kalpa([...line, ...yes], { result: ended });
    expect({ code, started, asked }).toEqual({ code: 0, started: [starts], asked: [] });
  });

  it('21: a history that is kept as long as before, or longer, asks for nothing', async () => {
    for (const keep of ['7 days', '2 weeks']) {
      const { code, started } = await kalpa(['pitr', 'enable', 'ysql.orders', '--every', '1h', '--keep', keep], {
        answers,
        result: ended,
      });
      expect({ code, last: operations(started).at(-1) }).toEqual({ code: 0, last: 'enablePointInTimeRecovery' });
    }
  });

  it('21: where there is nothing to lose the run itself answers', async () => {
    const { started } = await kalpa(['pitr', 'disable', 'ysql.shop'], { answers, result: ended });
    expect(operations(started)).toEqual(['inspectCluster', 'disablePointInTimeRecovery']);
  });

  it.each([
    [
      ['pitr', 'disable', 'ysql.ordres'],
      'There is no database ysql.ordres in the cluster',
      'Did you mean ysql.orders?',
      3,
    ],
    [['pitr', 'disable', 'orders'], '"orders" is not a database', 'Did you mean ysql.orders?', 2],
    [['snapshot', 'delete', SNAPSHOT.replace('0d4b', '0d4d')], 'There is no snapshot 0d4d', SNAPSHOT, 3],
  ])('21: %j names the nearest one', async (line, text, nearest, exit) => {
    const { code, stderr } = await kalpa(line, { answers });
    expect(code).toBe(exit);
    expect(stderr).toContain(text);
    expect(stderr).toContain(nearest);
  });

  it('21: the embedded stack is emptied after a question at a terminal, and without one in a script', async () => {
    const home = mkdtempSync(join(tmpdir(), 'kalpa-home-'));
    try {
      for (const file of ['ports.json', 'temporal.db']) writeFileSync(join(home, file), '{}');
      const env = { KALPA_HOME: home };
      const refused = await kalpa(['dev', 'reset'], { env, answer: 'no' });
      expect({ code: refused.code, left: readdirSync(home) }).toEqual({ code: 2, left: ['ports.json', 'temporal.db'] });
      expect(refused.stderr).toContain(`Emptying ${home} removes the embedded stack's database, bucket and history.`);
      expect(await kalpa(['dev', 'reset'], { env })).toMatchObject({ code: 0, asked: [] });
      expect(readdirSync(home)).toEqual(['ports.json']);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });
});

describe('22: a rewind by --ago', () => {
  const TO = '2026-11-22T01:50:07.123456Z';
  const loss = `A rewind of ysql.orders to ${TO} permanently loses everything written after it.`;
  const refused = failing('DataLossNotConfirmed', `${loss} To do it, repeat the database.`, [{ to: TO, loss }]);
  const rewound = { database: 'ysql.orders', recoveredTo: TO, mode: 'rewind', invalidIndexes: [] };
  const looked = ['recoverToPointInTime', { database: 'ysql.orders', ago: '10m' }];
  const done = ['recoverToPointInTime', { database: 'ysql.orders', to: TO, confirmDataLoss: 'ysql.orders' }, {}];
  const LINE = ['recover', 'ysql.orders', '--ago', '10m'];
  const world = { answers: { recoverToPointInTime: refused }, result: async () => await Promise.resolve(rewound) };

  it('22: is refused with the whole next command, which names the moment that was shown', async () => {
    const { code, stderr, started } = await kalpa([...LINE, '--acknowledge-streams', '--when-busy', 'wait'], world);
    expect(code).toBe(2);
    expect(started).toHaveLength(1);
    expect(stderr).toContain(loss);
    expect(stderr).toContain(
      `\n  kalpa recover ysql.orders --acknowledge-streams --when-busy wait --to ${TO} --yes ysql.orders\n`,
    );
  });

  it('22: is done, once the name was typed, to the moment that was shown', async () => {
    const { code, stderr, stdout, started, asked } = await kalpa(LINE, { ...world, answer: 'ysql.orders' });
    expect({ code, asked }).toEqual({ code: 0, asked: ['Type ysql.orders to proceed: '] });
    expect(stderr).toContain(loss);
    expect(started).toEqual([looked, done]);
    expect(stdout).toContain(`complete  ysql.orders  rewound in place  recovery point ${TO}`);
  });

  it('22: with its confirmation at once shows the moment first, and takes that one', async () => {
    const { code, stderr, started, asked } = await kalpa([...LINE, '--yes', 'ysql.orders'], world);
    expect({ code, asked, started }).toEqual({ code: 0, asked: [], started: [looked, done] });
    expect(stderr).toContain(loss);
  });

  it('22: with --to and its confirmation asks the cluster nothing', async () => {
    const { started } = await kalpa(['recover', 'ysql.orders', '--to', TO, '--yes', 'ysql.orders'], world);
    expect(started).toEqual([done]);
  });

  it('22: the next command of a program is a field', async () => {
    const { code, stdout } = await kalpa([...LINE, '--json'], world);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      error: {
        type: 'DataLossNotConfirmed',
        details: [{ to: TO, loss }],
        next: `kalpa recover ysql.orders --json --to ${TO} --yes ysql.orders`,
      },
    });
  });

  it('22: of another name changes nothing, and starts nothing', async () => {
    const { code, stderr, started } = await kalpa([...LINE, '--yes', 'ysql.order'], world);
    expect({ code, started }).toEqual({ code: 2, started: [] });
    expect(stderr).toContain('--yes says ysql.order; to confirm this, it must say ysql.orders');
  });

  it('22: any other obstacle is reported unchanged', async () => {
    const answers = { recoverToPointInTime: failing('OutsideRecoveryWindow', 'That moment is too old.') };
    const { code, stderr, started } = await kalpa(LINE, { ...world, answers, answer: 'ysql.orders' });
    expect({ code, started: started.length }).toEqual({ code: 3, started: 1 });
    expect(stderr).toContain('That moment is too old.');
  });

  it('22: a copy beside the original needs no confirmation', async () => {
    const { started, asked } = await kalpa([...LINE, '--as', 'orders_then', '--detach'], { ...world, answer: 'no' });
    expect(started.map(([, input]) => input)).toEqual([{ database: 'ysql.orders', ago: '10m', as: 'orders_then' }]);
    expect(asked).toEqual([]);
  });
});
