import { existsSync, readFileSync, watch } from 'node:fs';
import { once } from 'node:events';
import { ToolFailed, ToolMissing } from '../../../src/yugabyte/errors';
import { runTool, type ToolRun } from '../../../src/yugabyte/process/run-tool';
import { FakeTools, gone } from '../fake-tools';

let tools: FakeTools;
beforeEach(() => void (tools = new FakeTools()));
afterEach(() => tools.remove());

const run = (more: Partial<ToolRun> = {}): ToolRun => ({
  folder: tools.folder,
  tool: 'tool',
  args: [],
  timeoutMs: 10_000,
  mutates: true,
  ...more,
});
async function failureOf(promise: Promise<unknown>): Promise<ToolFailed> {
  return await promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => {
      expect(error).toBeInstanceOf(ToolFailed);
      return error as ToolFailed;
    },
  );
}
/** Waits until the fake tool has written a file. */
async function written(name: string): Promise<string> {
  const watcher = watch(tools.folder);
  try {
    while (!existsSync(tools.path(name)) || readFileSync(tools.path(name), 'utf8') === '')
      await once(watcher, 'change');
    return readFileSync(tools.path(name), 'utf8').trim();
  } finally {
    watcher.close();
  }
}

it('hands arguments on unchanged, without a shell', async () => {
  tools.write('tool', 'for argument in "$@"; do printf "%s|" "$argument"; done');
  const args = ['a b', '$(id)', '"quoted"', '', 'é\n;'];
  await expect(runTool(run({ args }))).resolves.toMatchObject({
    exitCode: 0,
    stdout: args.map((a) => `${a}|`).join(''),
  });
});

it('keeps the first error and the last of a tool that prints many', async () => {
  tools.write('tool', 'echo first >&2; yes line | head -n 100000 >&2; echo last >&2; exit 2');
  const { exitCode, stderr } = await runTool(run());
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^first\n(line\n)+last\n$/);
  expect(stderr.length).toBeGreaterThan(2 * 64 * 1024 - 10);
  expect(stderr.length).toBeLessThanOrEqual(2 * 64 * 1024);
});

it('runs in UTC with a minimal environment', async () => {
  tools.write('tool', 'env');
  process.env['KALPA_TEST_SECRET'] = 'secret';
  try {
    const { stdout } = await runTool(run({ env: { PGPASSWORD: 'word' } }));
    expect(stdout).toContain('TZ=UTC\n');
    expect(stdout).toContain('PGPASSWORD=word\n');
    expect(stdout).not.toContain('KALPA_TEST_SECRET');
  } finally {
    delete process.env['KALPA_TEST_SECRET'];
  }
});

it('returns any exit code with both streams, whole and unmixed', async () => {
  tools.write('tool', 'i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); done; echo E0101 noise >&2; exit 3');
  const { exitCode, stdout, stderr } = await runTool(run());
  expect(exitCode).toBe(3);
  expect(stdout.split('\n')).toHaveLength(20_001);
  expect(stderr).toBe('E0101 noise\n');
});

it.each([
  ['is not there', undefined, /there is no such file/],
  ['may not be run', 'mode', /may not be executed/],
  ['names a missing interpreter', 'interpreter', /the program named in its first line is missing/],
])('a tool that %s is missing, and the message says where it was looked for', async (_what, kind, message) => {
  if (kind !== undefined) tools.write('tool', 'exit 0');
  const { chmodSync, writeFileSync } = await import('node:fs');
  if (kind === 'mode') chmodSync(tools.path('tool'), 0o644);
  if (kind === 'interpreter') writeFileSync(tools.path('tool'), '#!/nowhere/sh\n', { mode: 0o755 });
  const error = await runTool(run()).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ToolMissing);
  expect((error as ToolMissing).message).toMatch(message);
  expect((error as ToolMissing).message).toContain(tools.path('tool'));
});

it('a tool that hangs is ended at its time-out, with everything that it started', async () => {
  tools.write(
    'tool',
    `sleep 600 & echo $! > ${tools.path('child')}; echo $$ > ${tools.path('own')}; echo waiting >&2; wait`,
  );
  const failure = await failureOf(runTool(run({ timeoutMs: 300 })));
  expect(failure).toMatchObject({ timedOutAfterMs: 300, outcome: 'unknown', transient: true, stderrTail: 'waiting\n' });
  expect(failure.message).toMatch(
    /did not respond within 0.3 s and was stopped\. It is not known whether the cluster acted/,
  );
  for (const name of ['own', 'child']) await gone(Number(await written(name)));
});

it('a tool that ignores SIGTERM is killed', async () => {
  tools.write('tool', `trap '' TERM; echo $$ > ${tools.path('own')}; while :; do sleep 0.1; done`);
  await failureOf(runTool(run({ timeoutMs: 200 })));
  await gone(Number(await written('own')));
});

it("the caller's signal ends it; what it did is unknown only when it changes the cluster", async () => {
  tools.write('tool', `echo $$ > ${tools.path('own')}; sleep 600`);
  for (const mutates of [true, false]) {
    const cancel = new AbortController();
    const running = failureOf(runTool(run({ signal: cancel.signal, mutates })));
    const pid = Number(await written('own'));
    cancel.abort();
    expect(await running).toMatchObject({
      cancelled: true,
      outcome: mutates ? 'unknown' : 'refused',
      transient: false,
    });
    await gone(pid);
  }
});

it('a caller that is cancelled already starts nothing', async () => {
  tools.write('tool', `touch ${tools.path('ran')}`);
  expect(await failureOf(runTool(run({ signal: AbortSignal.abort() })))).toMatchObject({
    cancelled: true,
    outcome: 'refused',
  });
  expect(existsSync(tools.path('ran'))).toBe(false);
});

it('the outcome of a tool that someone else killed is unknown', async () => {
  tools.write('tool', 'kill -KILL $$');
  expect(await failureOf(runTool(run()))).toMatchObject({
    exitCode: undefined,
    outcome: 'unknown',
    transient: true,
    reason: 'SIGKILL ended it',
  });
});

it('a tool that prints without end is ended', async () => {
  tools.write('tool', 'while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done');
  expect(await failureOf(runTool(run({ maxOutputBytes: 10_000 })))).toMatchObject({
    transient: false,
    outcome: 'unknown',
    reason: expect.stringContaining('more than 10000 bytes') as string,
  });
});
