import { failing, kalpa } from '../fake-cli';

const BACKUP = 'ysql.orders-20261122T020007Z-3fa9c1';
const good = {
  ...{
    backupId: BACKUP,
    level: 'full',
    objects: 1_200,
    bytes: 5_000_000_000,
    readBytes: 1_000_000,
    provedBytes: 4_999_000_000,
  },
  ...{ problems: [], record: { key: `clusters/demo/verifications/${BACKUP}/x-full-ok.json`, sha256: 'a'.repeat(64) } },
};
const bad = {
  ...good,
  problems: [`${BACKUP} can't be restored completely`, 'backups/x: it is missing\nx'],
  affected: [BACKUP],
};
const answering = (result: object) => async () => await Promise.resolve(result);

describe('26.4: kalpa verify', () => {
  it('verifies in full by default, and reports what was read and what had been proved', async () => {
    const { code, stdout, started } = await kalpa(['verify', BACKUP], { result: answering(good) });
    expect({ code, started }).toEqual({ code: 0, started: [['verifyBackup', { backup: BACKUP, level: 'full' }, {}]] });
    expect(stdout).toContain(`verified  ${BACKUP}  full: 1,200 objects, 5.00 GB; 1.00 MB read, 5.00 GB proved before`);
  });

  it('passes on its options', async () => {
    const options = ['--level', 'sample', '--proved-within', '0s', '--bytes-per-second', '50MB', '--parallelism', '2'];
    const { started } = await kalpa(['verify', BACKUP, ...options], { result: answering(good) });
    expect(started).toEqual([
      [
        'verifyBackup',
        { backup: BACKUP, level: 'sample', provedWithin: '0s', bytesPerSecond: 50_000_000, parallelism: 2 },
        {},
      ],
    ]);
    expect((await kalpa(['verify', BACKUP, '--level', 'deep'])).code).toBe(2);
  });

  it('ends with 1 where something is damaged, and names the affected backups first, each problem in one line', async () => {
    const { code, stdout } = await kalpa(['verify', BACKUP], { result: answering(bad) });
    expect(code).toBe(1);
    expect(stdout).toMatch(
      new RegExp(`DAMAGED +${BACKUP}[^]*problem +${BACKUP} can't be restored completely[^]*it is missing`),
    );
    expect(stdout).not.toContain('missing\nx');
    const json = await kalpa(['verify', BACKUP, '--json'], { result: answering(bad) });
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ affected: [BACKUP], problems: bad.problems });
  });

  it('passes a refusal on', async () => {
    const { code, stderr } = await kalpa(['verify', BACKUP], {
      result: failing('NotFound', 'There is no such backup.'),
    });
    expect(code).toBe(3);
    expect(stderr).toContain('There is no such backup.');
  });
});
