import { execFileSync } from 'node:child_process';
import { KalpaFailure } from '../../src/client';
import { kalpa } from './fake-cli';

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
