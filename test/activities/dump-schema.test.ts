import { asyncLocalStorage, type Context } from '@temporalio/activity';
import type { ControlDependencies } from '../../src/activities/control/dependencies';
import { makeDumpSchema, type DumpedSchema } from '../../src/activities/control/backup/dump-schema';
import { openYugabyte } from '../../src/yugabyte';
import { FakeTools } from '../yugabyte/fake-tools';
import { ybAdminPrints } from '../yugabyte/fixtures';

let tools: FakeTools;
beforeEach(() => void (tools = new FakeTools()));
afterEach(() => tools.remove());

/** Milliseconds; a slow tool takes longer than the first and less than the second. */
const COMMAND_MS = 300;
const COPY_MS = 60_000;

async function dumped(more: { commandMs?: number; catalogBefore?: string } = {}): Promise<DumpedSchema> {
  const { commandMs = 10_000, catalogBefore } = more;
  const yugabyte = openYugabyte(tools.config({ timeouts: { rpcMs: 60_000, commandMs, httpMs: 1_000 } }));
  jest.spyOn(yugabyte.sql, 'knownSettings').mockResolvedValue({});
  jest.spyOn(yugabyte.sql, 'readSequences').mockResolvedValue([]);
  jest.spyOn(yugabyte.sql, 'catalogVersionOfDatabase').mockResolvedValue(undefined);
  const dependencies = {
    yugabyte: () => yugabyte,
    timing: { copyTimeout: COPY_MS },
    repository: { cluster: 'demo', store: { create: async () => await Promise.resolve() } },
  } as unknown as ControlDependencies;
  const context = { cancellationSignal: new AbortController().signal, heartbeat: () => undefined, info: {} };
  return await asyncLocalStorage.run(
    context as unknown as Context,
    async () =>
      await makeDumpSchema(dependencies)({
        backup: { backupId: 'orders-1', database: 'ysql.orders', startedAt: '2026-11-22T02:00:00Z' } as never,
        snapshotId: '00000000-0000-0000-0000-000000000000',
        ...(catalogBefore === undefined ? {} : { catalogBefore }),
      }),
  );
}

const prints = (sql: string): string =>
  `for a in "$@"; do case $a in --file=*) file=\${a#--file=};; esac; done; sleep 1; printf '${sql}' > "$file"`;

it('22.13: a schema dump that takes longer than a short command is waited for', async () => {
  tools.write('ysql_dump', prints('CREATE DATABASE orders;\\n\\\\connect orders\\n'));
  tools.write('ysql_dumpall', prints('CREATE ROLE app;\\n'));
  const { artefacts } = await dumped({ commandMs: COMMAND_MS });
  expect(artefacts.map(({ kind }) => kind).sort()).toEqual(['roles', 'schema', 'sequences']);
});

describe('24.10: a dump that fails', () => {
  /** The table that is dumped goes; `version`: what the masters say then. */
  const failsAt = (version: number): void => {
    tools.write(
      'ysql_dump',
      `echo 'ysql_dump: error: query failed: ERROR:  relation "s1_7" does not exist' >&2; exit 1`,
    );
    tools.write(
      'yb-admin',
      `if [ "$1" = --version ]; then cat <<'EOF'\n${ybAdminPrints('2025.1', 'version/version')}EOF\nexit 0; fi\necho 'Version: ${version}'`,
    );
  };

  it('under another catalog version met DDL: it says so, and writes nothing', async () => {
    failsAt(8);
    const { artefacts, inconsistent } = await dumped({ catalogBefore: '7' });
    expect(artefacts).toEqual([]);
    expect(inconsistent).toMatch(/^the catalog version went from 7 to 8 .*relation "s1_7" does not exist/);
  });

  it('under the same one fails as it does', async () => {
    failsAt(7);
    await expect(dumped({ catalogBefore: '7' })).rejects.toThrow(/relation "s1_7" does not exist/);
  });
});
