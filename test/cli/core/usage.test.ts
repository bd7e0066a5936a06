import { kalpa } from '../fake-cli';

const COMMANDS = [
  ['dev'],
  ['dev', 'reset'],
  ['worker'],
  ['worker', 'control'],
  ['worker', 'node'],
  ['doctor'],
  ['conformance'],
  ['keys'],
  ['policy'],
  ['keys', 'create'],
  ['inspect'],
  ['backup'],
  ['restore'],
  ['backups'],
  ['show'],
  ['schedule'],
  ['schedule', 'add'],
  ['schedule', 'list'],
  ['schedule', 'pause'],
  ['schedule', 'resume'],
  ['schedule', 'trigger'],
  ['schedule', 'remove'],
  ['schedule', 'restore'],
  ['dump'],
  ['load'],
  ['dumps'],
  ['runs'],
  ['watch'],
  ['cancel'],
  ['limit'],
  ['history'],
  ['recover'],
  ['pitr', 'disable'],
  ['pitr', 'enable'],
  ['snapshot', 'delete'],
  ['snapshot', 'restore'],
];

describe('the help', () => {
  it.each(COMMANDS.map((command) => [command.join(' '), command] as const))(
    'of %s has an example and the exit codes',
    async (_, command) => {
      const { code, stdout } = await kalpa([...command, '--help']);
      expect(code).toBe(0);
      expect(stdout).toMatch(/Examples?:\n {2}\$ kalpa /);
      expect(stdout).toMatch(/Exit codes:\n +0 {2}/);
    },
  );

  it('of kalpa itself names every command', async () => {
    const { code, stdout } = await kalpa(['--help']);
    expect(code).toBe(0);
    for (const [command = ''] of COMMANDS) expect(stdout).toContain(`  ${command}`);
  });

  it('is on stderr, exit 2, without a command', async () => {
    expect(await kalpa([])).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('wrong usage', () => {
  it.each([
    [['bakup', 'ysql.orders'], 'Did you mean backup?'],
    [['backup'], "missing required argument 'database'"],
    [['backup', 'a', 'b'], 'too many arguments'],
    [['backup', 'ysql.orders', '--labl', 'x'], "unknown option '--labl'"],
    [['backup', 'ysql.orders', '--fingerprint', 'half'], 'Allowed choices are none, counts, full'],
    [['backup', 'ysql.orders', '--bytes-per-second', 'fast'], 'it must be a size such as 200MB'],
    [['backup', 'ysql.orders', '--parallelism', '1.5'], 'it must be a whole number'],
    [['conformance', '--chapters', 'backup,tea'], 'There is no chapter "tea"'],
    [['conformance', '--with', '/no/such/file'], "/no/such/file can't be read"],
  ])('%j ends with 2 and says what is wrong', async (line, text) => {
    const { code, stdout, stderr, started } = await kalpa(line);
    expect({ code, stdout, started }).toEqual({ code: 2, stdout: '', started: [] });
    expect(stderr).toContain(text);
  });

  it('is a JSON document with --json', async () => {
    const { code, stdout } = await kalpa(['backup', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({ error: { type: 'Usage', message: "missing required argument 'database'" } });
  });

  it('names no bug as anything else: exit 1', async () => {
    const broken = {
      loadConfig: () => {
        throw new TypeError('x is not a function');
      },
    };
    expect(await kalpa(['inspect'], { parts: broken })).toMatchObject({
      code: 1,
      stderr: 'kalpa: x is not a function\n',
    });
  });
});
