import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KalpaFailure } from '../../../src/client';
import { kalpa } from '../fake-cli';

/** What bash itself offers after these words; the last one is being typed. */
function offered(script: string, ...words: string[]): string[] {
  const line = `${script}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kalpa; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const printed = execFileSync('bash', ['--norc', '-c', line, 'bash', ...words], { encoding: 'utf8' });
  return printed.split('\n').filter((word) => word !== '');
}

describe('32: kalpa completion', () => {
  it.each([
    [['kalpa', 'sched'], ['schedule']],
    [
      ['kalpa', 'schedule', 're'],
      ['resume', 'remove', 'restore'],
    ],
    [
      ['kalpa', 'schedule', 'add', 'dump'],
      ['dump', 'dump-cluster'],
    ],
    [['kalpa', 'backup', 'ysql.orders', '--fing'], ['--fingerprint']],
    [
      ['kalpa', 'backup', 'ysql.orders', '--fingerprint', ''],
      ['none', 'counts', 'full'],
    ],
    [['kalpa', 'snapshot', 'delete', '--y'], ['--yes']],
    [['kalpa', 'help', 'hist'], ['history']],
    [
      ['kalpa', 'completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['kalpa', 'nonsense', '--js'], []],
  ])('32: bash offers after %j what there is', async (words, expected) => {
    const { code, stdout } = await kalpa(['completion', 'bash']);
    expect(code).toBe(0);
    expect(offered(stdout, ...words).sort()).toEqual([...expected].sort());
  });

  it('32: the scripts of zsh and fish name every command', async () => {
    const zsh = await kalpa(['completion', 'zsh']);
    expect(zsh.stdout).toMatch(/^#compdef kalpa\n/);
    const fish = await kalpa(['completion', 'fish']);
    expect(fish.stdout).toContain("complete -c kalpa -f -n '__fish_use_subcommand' -a 'dev worker doctor");
    expect(fish.stdout).toMatch(/-n '__fish_seen_subcommand_from backup' -l fingerprint -x -a 'none counts full' -d/);
    expect(await kalpa(['completion', 'tcsh'])).toMatchObject({ code: 2, stdout: '' });
  });
});

const installed = (shell: string): boolean => spawnSync(shell, ['-c', 'exit 0']).status === 0;
/** A test of a shell that may be missing on this machine. */
const where = (shell: string): jest.It => (installed(shell) ? it : it.skip);

describe('22.32: the shells themselves, where they are installed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kalpa-completion-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('22.32: bash takes the script by source, and offers files where nothing of Kalpa fits', async () => {
    const file = join(folder, 'kalpa.bash');
    writeFileSync(file, (await kalpa(['completion', 'bash'])).stdout);
    const line = `source "$1" && complete -p kalpa && COMP_WORDS=(kalpa pitr d) COMP_CWORD=2 && _kalpa && echo "$COMPREPLY"`;
    const printed = execFileSync('bash', ['--norc', '-euc', line, 'bash', file], { encoding: 'utf8' });
    expect(printed).toBe('complete -o default -F _kalpa kalpa\ndisable\n');
  });

  where('fish').each([
    ['kalpa sched', ['schedule']],
    ['kalpa schedule add du', ['dump', 'dump-cluster']],
    ['kalpa backup ysql.orders --fingerprint ', ['counts', 'full', 'none']],
    ['kalpa help hist', ['history']],
    ['kalpa pitr d', ['disable']],
  ])('22.32: fish offers after %j what there is', async (line, expected) => {
    const file = join(folder, 'kalpa.fish');
    writeFileSync(file, (await kalpa(['completion', 'fish'])).stdout);
    const env = { PATH: process.env['PATH'], HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder };
    const printed = execFileSync('fish', ['-c', `source ${file}; complete -C '${line}'`], { encoding: 'utf8', env });
    const words = printed.split('\n').flatMap((offer) => offer.split('\t')[0] || []);
    expect(words.sort()).toEqual(expected);
  });

  where('zsh').each([
    ['kalpa sched', 'ule'],
    ['kalpa snapshot delete --y', 'es'],
  ])('22.32: zsh completes %j at the first time', async (line, rest) => {
    writeFileSync(join(folder, '_kalpa'), (await kalpa(['completion', 'zsh'])).stdout);
    // A zsh at a terminal of its own, in which the tabulator is pressed.
    const script = [
      'zmodload zsh/zpty; zpty at zsh -f -i',
      `zpty -w at 'PROMPT=; fpath=(${folder} $fpath); autoload -U compinit; compinit -u -D; echo re''ady'`,
      "zpty -r at said '*ready*'",
      `zpty -w -n at '${line}'$'\\t'; zpty -r -t at ignored; zpty -r at said '*${rest}*'; print -r -- "$said"; zpty -d at`,
    ].join('\n');
    const env = { PATH: process.env['PATH'], HOME: folder, TERM: 'dumb' };
    const printed = execFileSync('zsh', ['-f', '-c', script], { encoding: 'utf8', env, timeout: 20_000 });
    expect(printed).toContain(rest);
  });
});

describe('32: kalpa help', () => {
  it.each([[[]], [['backup']], [['schedule', 'add']]])('32: of %j is what --help prints', async (words) => {
    const { code, stdout } = await kalpa(['help', ...words]);
    expect(code).toBe(0);
    expect(stdout).toBe((await kalpa([...words, '--help'])).stdout);
  });

  it('32: of what is no command names the nearest', async () => {
    const { code, stderr } = await kalpa(['help', 'schedule', 'ad']);
    expect(code).toBe(2);
    expect(stderr).toContain('there is no command schedule ad. Did you mean add?');
  });
});

describe('32: what a failure says', () => {
  const failed = (error: Error) => async (): Promise<never> => await Promise.reject(error);

  it('32: its type, and where the run is that holds the database', async () => {
    const link = 'http://ui/namespaces/default/workflows/w/r';
    const busy = new KalpaFailure('DatabaseBusy', 'ysql.orders is held.', [{ workflowId: 'w', runId: 'r', link }]);
    const { code, stderr } = await kalpa(['backup', 'ysql.orders'], { result: failed(busy) });
    expect(code).toBe(3);
    expect(stderr).toContain(`kalpa: DatabaseBusy: ysql.orders is held.\nThe run that holds it: ${link}\n`);
    const unlinked = new KalpaFailure('DatabaseBusy', 'It is held.', [
      { workflowId: 'backup/demo/x', runId: 'r', link: '' },
    ]);
    const other = await kalpa(['backup', 'ysql.orders'], { result: failed(unlinked) });
    expect(other.stderr).toContain('Watch it: kalpa watch backup/demo/x\n');
  });

  it('32: of missing keys: exit code 2, and what to give', async () => {
    const keyless = Object.assign(new Error('ListObjectsV2 of s3://kalpa failed: …. Give the keys of this store.'), {
      ...{ name: 'StoreError', kind: 'denied', code: 'CredentialsProviderError' },
    });
    const parts = {
      openCatalogue: () => {
        throw keyless;
      },
    };
    const { code, stdout } = await kalpa(['backups', '--json'], { parts });
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { type: 'Configuration', message: keyless.message } });
  });
});
