import { asyncLocalStorage, type Context } from '@temporalio/activity';
import type { ControlDependencies } from '../../src/activities/control/dependencies';
import { makeDumpSchema } from '../../src/activities/control/dump-schema';
import { openYugabyte } from '../../src/yugabyte';
import { FakeTools } from '../yugabyte/fake-tools';

let tools: FakeTools;
beforeEach(() => void (tools = new FakeTools()));
afterEach(() => tools.remove());

/** Milliseconds; the tool takes longer than the first and less than the second. */
const COMMAND_MS = 300;
const COPY_MS = 60_000;

it('22.13: a schema dump that takes longer than a short command is waited for', async () => {
  const prints = (sql: string): string =>
    `for a in "$@"; do case $a in --file=*) file=\${a#--file=};; esac; done; sleep 1; printf '${sql}' > "$file"`;
  tools.write('ysql_dump', prints('CREATE DATABASE orders;\\n\\\\connect orders\\n'));
  tools.write('ysql_dumpall', prints('CREATE ROLE app;\\n'));
  const config = tools.config({ timeouts: { rpcMs: 60_000, commandMs: COMMAND_MS, httpMs: 1_000 } });
  const yugabyte = openYugabyte(config);
  jest.spyOn(yugabyte.sql, 'knownSettings').mockResolvedValue({});
  jest.spyOn(yugabyte.sql, 'readSequences').mockResolvedValue([]);
  const dependencies = {
    yugabyte: () => yugabyte,
    timing: { copyTimeout: COPY_MS },
    repository: { cluster: 'demo', store: { create: async () => await Promise.resolve() } },
  } as unknown as ControlDependencies;
  const context = { cancellationSignal: new AbortController().signal, heartbeat: () => undefined, info: {} };
  const dumped = await asyncLocalStorage.run(
    context as unknown as Context,
    async () =>
      await makeDumpSchema(dependencies)({
        backup: { backupId: 'orders-1', database: 'ysql.orders', startedAt: '2026-11-22T02:00:00Z' } as never,
        snapshotId: '00000000-0000-0000-0000-000000000000',
      }),
  );
  expect(dumped.artefacts.map(({ kind }) => kind).sort()).toEqual(['roles', 'schema', 'sequences']);
});
