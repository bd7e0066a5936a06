import { failing, kalpa } from '../fake-cli';

const BACKUP = 'ysql.orders-20261122T020007Z-3fa9c1';
const plan = { key: 'clusters/demo/work/w/retention.ndjson.gz', sha256: 'c'.repeat(64) };
const decided = (backupId: string, decision: 'keep' | 'delete', because: string, goes?: string) => ({
  ...{ backupId, kind: 'backup', database: 'ysql.orders', decision, rules: [], because, freesBytes: 10 },
  ...(goes === undefined ? {} : { goes }),
});
const shown = {
  ...{ kept: 3, deleted: 1, freedBytes: 5_000_000, plan },
  first: [
    decided('ysql.orders-20261001T020007Z-aaaaaa', 'delete', 'no rule keeps it'),
    decided(BACKUP, 'keep', 'the newest one', '2026-11-23T02:00:07Z'),
  ],
};
const done = {
  ...shown,
  ...{ swept: 2, sweptBytes: 7_000_000, waiting: [{ backupId: BACKUP, because: 'it is held: the audit' }] },
};
const answering = (result: object) => async () => await Promise.resolve(result);
const retained = { result: answering(done), answers: { applyRetention: answering(shown) } };

/** Each command about one backup, its operation, and what its run answers. */
const NAMED = [
  ['delete', 'deleteBackup', { backupId: BACKUP, tombstone: 't', removedFrom: '2026-11-29T02:00:07.000Z' }],
  ['undelete', 'undeleteBackup', { backupId: BACKUP }],
  ['hold', 'holdBackup', { backupId: BACKUP }],
  ['release', 'releaseBackup', { backupId: BACKUP }],
] as const;

describe('26.2: kalpa retain', () => {
  it('--dry-run shows which rule keeps what and what would go, and starts nothing else', async () => {
    const { code, stdout, started } = await kalpa(['retain', '--dry-run'], { result: answering(shown) });
    expect({ code, started }).toEqual({ code: 0, started: [['applyRetention', { dryRun: true }, {}]] });
    expect(stdout).toContain('delete  ysql.orders-20261001T020007Z-aaaaaa  no rule keeps it');
    expect(stdout).toContain(`keep    ${BACKUP}  the newest one; goes about 2026-11-23T02:00:07Z`);
    expect(stdout).toContain(`… and 2 more, in ${plan.key}`);
    expect(stdout).toContain('3 kept, 1 deleted: at least 5.00 MB.');
    const json = await kalpa(['retain', 'ysql.orders', '--dry-run', '--json'], { result: answering(shown) });
    expect(json.started).toEqual([['applyRetention', { database: 'ysql.orders', dryRun: true }, {}]]);
    expect(JSON.parse(json.stdout)).toMatchObject(shown);
  });

  it('shows the plan, asks, and deletes what was shown', async () => {
    const { code, stdout, stderr, started, asked } = await kalpa(['retain'], { ...retained, answer: 'yes' });
    expect({ code, asked }).toEqual({ code: 0, asked: ['Type yes to proceed: '] });
    expect(started).toEqual([
      ['applyRetention', { dryRun: true }],
      ['applyRetention', { plan }, {}],
    ]);
    expect(stderr + stdout).toContain('no rule keeps it');
    expect(stderr).toContain("1 would be deleted. They can't be restored any more");
    expect(stdout).toContain('deleted  1, at least 5.00 MB once the grace time is over');
    expect(stdout).toContain('removed  2 of those deleted before, 7.00 MB');
    expect(stdout).toContain(`waits    ${BACKUP}: it is held: the audit`);
  });

  it('deletes nothing after any other answer, or without a terminal to ask on', async () => {
    for (const answer of ['', 'y', 'no']) {
      const { code, stderr, started } = await kalpa(['retain'], { ...retained, answer });
      expect({ code, started: started.length }).toEqual({ code: 2, started: 1 });
      expect(stderr).toContain('Nothing was changed: it was not confirmed.');
    }
    const alone = await kalpa(['retain', 'ysql.orders'], retained);
    expect({ code: alone.code, started: alone.started.length }).toEqual({ code: 2, started: 1 });
    expect(alone.stderr).toContain('\n  kalpa retain ysql.orders --yes\n');
    const json = await kalpa(['retain', '--json'], { ...retained, answer: 'yes' });
    expect({ code: json.code, asked: json.asked, started: json.started.length }).toEqual({
      code: 2,
      asked: [],
      started: 1,
    });
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { type: 'NotConfirmed', details: [shown] } });
  });

  it('--yes asks nothing and checks nothing first; --json prints the result', async () => {
    const { code, started, asked, stdout } = await kalpa(['retain', '--yes', '--json'], { result: answering(done) });
    expect({ code, started, asked }).toEqual({ code: 0, started: [['applyRetention', {}, {}]], asked: [] });
    expect(JSON.parse(stdout)).toMatchObject(done);
  });

  it('gives the failure of the plan before it asks, and that of the deletion after it', async () => {
    const broken = failing(
      'PromiseBroken',
      '1 backups of ysql.orders would be left, and at least 2 must be kept (minimumCopies)',
    );
    const planned = await kalpa(['retain'], { answers: { applyRetention: broken }, result: broken, answer: 'yes' });
    expect({ code: planned.code, asked: planned.asked }).toMatchObject({ asked: [] });
    expect(planned.code).not.toBe(0);
    expect(planned.stderr).toContain('at least 2 must be kept');
    const away = await kalpa(['retain', '--yes', '--json'], {
      result: failing('NodeUnavailable', 'No janitor took it.'),
    });
    expect(JSON.parse(away.stdout)).toMatchObject({ error: { type: 'NodeUnavailable' } });
    expect(away.code).not.toBe(0);
  });
});

describe('26.2: the commands about one backup', () => {
  const line = (name: string, ...more: string[]): string[] => [name, BACKUP, '--reason', 'the audit', ...more];
  const yes = (name: string): string[] => (name === 'delete' ? ['--yes'] : []);

  it.each(NAMED)('kalpa %s starts %s with the reason, and reports the new state', async (name, operation, result) => {
    const { code, stdout, started, asked } = await kalpa(line(name, ...yes(name)), { result: answering(result) });
    expect({ code, asked }).toEqual({ code: 0, asked: [] });
    expect(started).toEqual([[operation, { backup: BACKUP, reason: 'the audit' }, {}]]);
    expect(stdout).toContain(BACKUP);
    const json = await kalpa(line(name, ...yes(name), '--json'), { result: answering(result) });
    expect(JSON.parse(json.stdout)).toMatchObject(result);
  });

  it.each(NAMED)('kalpa %s wants a backup and a reason, before anything is started', async (name) => {
    for (const argv of [[name], [name, BACKUP], [name, '--reason', 'x']]) {
      const { code, stderr, started } = await kalpa(argv);
      expect({ code, started }).toEqual({ code: 2, started: [] });
      expect(stderr).toMatch(/--reason|argument/);
    }
  });

  it.each(NAMED)('kalpa %s gives the failure of its run, with its type and exit code', async (name) => {
    const result = failing('NotFound', `There is no backup or dump ${BACKUP}.`);
    const text = await kalpa(line(name, ...yes(name)), { result });
    expect(text.code).toBe(3);
    expect(text.stderr).toContain(`There is no backup or dump ${BACKUP}.`);
    const json = await kalpa(line(name, ...yes(name), '--json'), { result });
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { type: 'NotFound' } });
  });

  it('kalpa delete asks, accepts only yes, and is refused without a terminal to ask on', async () => {
    const result = answering(NAMED[0][2]);
    const asked = await kalpa(line('delete'), { result, answer: 'yes' });
    expect({ code: asked.code, started: asked.started.length, asked: asked.asked }).toEqual({
      ...{ code: 0, started: 1, asked: ['Type yes to proceed: '] },
    });
    expect(asked.stderr).toContain(`Deleting ${BACKUP}: it can't be restored any more`);
    for (const more of [{ answer: 'no' }, {}]) {
      const { code, started } = await kalpa(line('delete'), { result, ...more });
      expect({ code, started }).toEqual({ code: 2, started: [] });
    }
    const json = await kalpa(line('delete', '--json'), { result, answer: 'yes' });
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { type: 'NotConfirmed' } });
    expect(json.started).toEqual([]);
  });
});
