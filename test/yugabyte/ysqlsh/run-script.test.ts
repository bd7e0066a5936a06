import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { StatementLog, ToolFailed } from '../../../src/yugabyte';
import { streamDump } from '../../../src/yugabyte/ysql-dump/stream-dump';
import { runScript } from '../../../src/yugabyte/ysqlsh/run-script';
import { FakeTools } from '../fake-tools';

let tools: FakeTools;
beforeEach(() => void (tools = new FakeTools()));
afterEach(() => tools.remove());

async function* script(log: StatementLog, ...texts: (string | Error)[]): AsyncGenerator<Buffer> {
  for (const text of texts) {
    if (text instanceof Error) throw text;
    yield await Promise.resolve(log.text(text));
  }
}
const failureOf = async (promise: Promise<unknown>): Promise<unknown> =>
  await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
const run = async (...texts: (string | Error)[]) => {
  const log = new StatementLog();
  await runScript(tools.config(), { script: script(log, ...texts), log, database: 'yugabyte' });
};
/** More than fits into a pipe. */
const LONG = `-- ${'x'.repeat(1_000_000)}\n`;

describe('a script that is sent while it is made', () => {
  it('arrives whole', async () => {
    tools.write('ysqlsh', `cat > ${tools.path('seen')}`);
    await run('CREATE TABLE t ();\n', LONG, 'SELECT 1;\n');
    expect(readFileSync(tools.path('seen'), 'utf8')).toBe(`CREATE TABLE t ();\n${LONG}SELECT 1;\n`);
  });

  it('stops at an error, which names its statement and never its rows', async () => {
    tools.write(
      'ysqlsh',
      `head -c 40 > /dev/null; echo 'psql:<stdin>:2: ERROR:  no such thing' >&2; echo 'DETAIL:  row (secret)' >&2; exit 3`,
    );
    const failure = (await failureOf(run('SELECT 1;\n', 'DROP TABLE\n  gone;\n', LONG, LONG, LONG))) as ToolFailed;
    expect(failure).toBeInstanceOf(ToolFailed);
    expect(failure).toMatchObject({ exitCode: 3, reason: 'line 2: no such thing (DROP TABLE gone;)' });
    expect(JSON.stringify(failure)).not.toContain('secret');
  });

  it('22.7: an error at a statement with secrets shows none of them, however long it is', async () => {
    tools.write('ysqlsh', `head -c 40 > /dev/null; echo 'psql:<stdin>:2: ERROR:  no' >&2; exit 3`);
    const options = `OPTIONS (user '${'u'.repeat(90)}', password '${'hunter2'.repeat(50)}')`;
    const failure = (await failureOf(
      run('SELECT 1;\n', `ALTER USER MAPPING FOR app SERVER far ${options};\n`, LONG, LONG, LONG),
    )) as ToolFailed;
    expect(failure.reason).toBe('line 2: no (ALTER USER MAPPING FOR app SERVER far OPTIONS ([redacted])');
  });

  it('that breaks while it is made ends ysqlsh, and tells its own error', async () => {
    tools.write('ysqlsh', 'cat > /dev/null; sleep 60');
    expect(await failureOf(run('BEGIN;\n', new Error('the bucket is away')))).toMatchObject({
      message: 'the bucket is away',
    });
  });

  it('is no success when ysqlsh ends well without having read it', async () => {
    tools.write('ysqlsh', 'exit 0');
    expect(await failureOf(run(LONG, LONG, LONG, LONG))).toMatchObject({
      message: expect.stringContaining('before it had read everything') as string,
    });
  });
});

describe('a dump that is read while it is made', () => {
  const dump = async (seen: { text: string; ended: boolean }, more: { silentMs?: number; slowMs?: number } = {}) => {
    await streamDump(tools.config(), {
      database: 'orders',
      content: 'all',
      ...(more.silentMs === undefined ? {} : { silentMs: more.silentMs }),
      consume: async (text) => {
        for await (const chunk of text) {
          seen.text += chunk.toString();
          await pause(more.slowMs ?? 0);
        }
        seen.ended = true;
      },
    });
  };

  it('ends with the tool', async () => {
    const seen = { text: '', ended: false };
    tools.write('ysql_dump', 'echo "$@"');
    await dump(seen);
    expect(seen.ended).toBe(true);
    expect(seen.text).toContain('--create --dbname=orders');
  });

  it('never ends well when the tool did not', async () => {
    const seen = { text: '', ended: false };
    tools.write(
      'ysql_dump',
      `echo half; echo 'ysql_dump: error: server closed the connection unexpectedly' >&2; exit 1`,
    );
    expect(await failureOf(dump(seen))).toMatchObject({ exitCode: 1, transient: true });
    expect(seen).toEqual({ text: 'half\n', ended: false });
  });

  it('that falls silent is ended; a slow reader is no silence', async () => {
    tools.write('ysql_dump', 'echo one; sleep 60');
    expect(await failureOf(dump({ text: '', ended: false }, { silentMs: 200 }))).toMatchObject({
      message: expect.stringContaining('printed nothing for 0.2 s') as string,
      transient: true,
    });
    tools.write('ysql_dump', 'echo one; echo two');
    const seen = { text: '', ended: false };
    await dump(seen, { silentMs: 2_000, slowMs: 2_500 });
    expect(seen.ended).toBe(true);
  });
});
