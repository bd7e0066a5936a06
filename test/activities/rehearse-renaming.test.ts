import { fakeYugabyte } from '../support/fake-yugabyte';
import { writeFile } from 'node:fs/promises';
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import type { ControlDependencies } from '../../src/activities/control/dependencies';
import { makeDumpSchema } from '../../src/activities/control/backup/dump-schema';
import { RenamingRehearsal } from '../../src/activities/control/content/rehearse-renaming';
import { finalIfNotTransient } from '../../src/activities/control/run/tool-failure';
import { uploadDump } from '../../src/activities/control/dump/upload-dump';
import { ToolFailed } from '../../src/yugabyte';

const HEAD = 'CREATE DATABASE orders WITH TEMPLATE = template0;\n\\connect orders\n';
const ROWS = 'CREATE TABLE public.t (a text);\nCOPY public.t (a) FROM stdin;\norders\n\\.\n';
const REFUSED = `DO $$ BEGIN ALTER DATABASE orders SET work_mem = '8MB'; END $$;\n`;
const CONSTANT = `CREATE VIEW public.v AS SELECT 1 FROM pg_database WHERE (datname = 'orders'::name);\n`;

/** As an activity runs. */
const inActivity = async <T>(run: () => Promise<T>): Promise<T> => {
  const context = { cancellationSignal: new AbortController().signal, heartbeat: () => undefined, info: {} };
  return await asyncLocalStorage.run(context as unknown as Context, run);
};

/**
 * The activity that dumps the schema of a backup, over a tool that prints this; resolves to the kinds that were
 * written.
 */
async function backedUp(schema: string): Promise<string[]> {
  const written: string[] = [];
  const dependencies = {
    config: { repository: {} },
    yugabyte: () =>
      fakeYugabyte({
        dump: {
          schema: async ({ file }: { file: string }) => await writeFile(file, schema),
          roles: async ({ file }: { file: string }) => await writeFile(file, ''),
        },
        sql: {
          losable: async () => await Promise.resolve({ tablegroups: [], namedKeys: [] }),
          readSequences: async () => await Promise.resolve([]),
        },
      }),
    timing: {},
    repository: {
      cluster: 'demo',
      store: {
        create: async (key: string) => {
          await Promise.resolve(written.push(key));
        },
      },
    },
  } as unknown as ControlDependencies;
  const backup = { backupId: 'orders-1', database: 'ysql.orders', startedAt: '2026-11-22T02:00:00Z' };
  const dumpSchema = makeDumpSchema(dependencies);
  await inActivity(
    async () => await dumpSchema({ backup: backup as never, snapshotId: '00000000-0000-0000-0000-000000000000' }),
  );
  return written;
}

/**
 * The activity's part that uploads a dump, over a tool that prints this and then ends well or dies; resolves to what
 * the store got.
 */
async function dumped(text: string, dies?: Error): Promise<string> {
  let sent = '';
  const engine = {
    uploadStream: async ({ source }: { source: AsyncIterable<Buffer> }) => {
      for await (const chunk of source) sent += chunk.toString('latin1');
      return [];
    },
  };
  const dependencies = { engine, repository: { cluster: 'demo' }, store: {} } as unknown as ControlDependencies;
  const part = { name: 'ysql.orders', content: 'all' as const, rehearsal: new RenamingRehearsal('ysql.orders') };
  await inActivity(
    async () =>
      await uploadDump(dependencies, { dumpId: 'd' } as never, part, async (consume) => {
        async function* printed(): AsyncGenerator<Buffer> {
          yield await Promise.resolve(Buffer.from(text));
          if (dies) throw dies;
        }
        await consume(printed());
      }),
  );
  return sent;
}

describe('what a restore would refuse is reported when the backup is made', () => {
  it('22.3: a schema that can not be renamed ends the backup without a retry, with the line and the statement', async () => {
    await expect(backedUp(`${HEAD}${REFUSED}`)).rejects.toMatchObject({
      type: 'PreflightFailed',
      nonRetryable: true,
      message: expect.stringMatching(
        /^The schema of ysql\.orders can't be loaded under another name.* Line 3 of the dump: a DO .*names database "orders".*Change it in the source/,
      ) as string,
    });
    await expect(backedUp(`${HEAD}COMMENT ON TABLE t IS 'cut`)).rejects.toMatchObject({ type: 'PreflightFailed' });
  });

  it('22.3: one that holds its name as a constant is backed up', async () => {
    expect(await backedUp(`${HEAD}${CONSTANT}`)).toHaveLength(3);
  });

  it.each([
    ['inside of a quote', `${HEAD}COMMENT ON TABLE t IS 'cut`],
    ['inside of rows', `${HEAD}CREATE TABLE public.t (a text);\nCOPY public.t (a) FROM stdin;\nor`],
    ['inside of a body', `${HEAD}CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT`],
  ])('22.3: a dump cut short %s is tried again where the tool died, and final where it ended well', async (_, text) => {
    const died = new ToolFailed({
      ...{ tool: 'ysql_dump', command: 'ysql_dump', exitCode: 1, reason: 'server closed the connection unexpectedly' },
      ...{ stderrTail: '', outcome: 'refused', transient: true },
    });
    await expect(finalIfNotTransient(async () => await dumped(text, died))).rejects.toBe(died);
    await expect(finalIfNotTransient(async () => await dumped(text))).rejects.toMatchObject({
      type: 'ToolFailed',
      nonRetryable: true,
      message: expect.stringMatching(
        /it exited successfully, but its output is cut short: The .* has no end/,
      ) as string,
    });
  });

  it('22.3: a logical dump likewise, with the line behind the rows', async () => {
    await expect(dumped(`${HEAD}${ROWS}${REFUSED}`)).rejects.toMatchObject({
      type: 'PreflightFailed',
      nonRetryable: true,
      message: expect.stringContaining('Line 7 of the dump: a DO ') as string,
    });
    await expect(dumped('CREATE DATABASE orders;\n')).rejects.toMatchObject({
      type: 'PreflightFailed',
      message: expect.stringContaining('does not connect to database "orders"') as string,
    });
  });
});
