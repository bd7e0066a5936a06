import { gunzipSync } from 'node:zlib';
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import type { ControlDependencies } from '../../src/activities/control/dependencies';
import { makeDumpSchema, type DumpedSchema } from '../../src/activities/control/backup/dump-schema';
import { openYugabyte } from '../../src/yugabyte';
import { FakeTools } from '../yugabyte/fake-tools';
import { ybAdminPrints } from '../yugabyte/fixtures';

const MOMENT = '1763776800000000';
jest.mock('../../src/activities/control/history/exported-snapshot', () => ({
  exportedSnapshot: async () => await Promise.resolve({ exported: { snapshotMicros: MOMENT } }),
}));

let tools: FakeTools;
beforeEach(() => void (tools = new FakeTools()));
afterEach(() => tools.remove());

/** Milliseconds; a slow tool takes longer than the first and less than the second. */
const COMMAND_MS = 300;
const COPY_MS = 60_000;

interface Given {
  commandMs?: number;
  catalogBefore?: string;
  /** The user may set yb_read_time. */
  mayReadThePast?: boolean;
  sequences?: string[];
}

const written: string[] = [];

async function dumped(more: Given = {}): Promise<DumpedSchema> {
  const { commandMs = 10_000, catalogBefore, mayReadThePast = true, sequences = [] } = more;
  written.splice(0);
  const yugabyte = openYugabyte(tools.config({ timeouts: { rpcMs: 60_000, commandMs, httpMs: 1_000 } }));
  jest.spyOn(yugabyte.sql, 'knownSettings').mockResolvedValue({});
  jest.spyOn(yugabyte.sql, 'canReadAtMoment').mockResolvedValue(mayReadThePast);
  const state = { schema: 'public', lastValue: '1', isCalled: true, increment: '1' };
  jest.spyOn(yugabyte.sql, 'losable').mockResolvedValue({
    tablegroups: [],
    namedKeys: [{ table: { schema: 'public', name: 'orders' }, name: 'orders_key' }],
  });
  jest.spyOn(yugabyte.sql, 'readSequences').mockResolvedValue(sequences.map((name) => ({ ...state, name })));
  jest.spyOn(yugabyte.sql, 'catalogVersionOfDatabase').mockResolvedValue(undefined);
  const dependencies = {
    config: { repository: {} },
    yugabyte: () => yugabyte,
    timing: { copyTimeout: COPY_MS },
    repository: {
      cluster: 'demo',
      store: {
        create: async (_: string, content: Buffer) =>
          await Promise.resolve(void written.push(String(gunzipSync(content)))),
      },
    },
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

it.each([
  ['without its name', 'PRIMARY KEY((id) HASH)', 1],
  ['with its name', 'CONSTRAINT orders_key PRIMARY KEY((id) HASH)', 0],
])('24: a primary key that the schema has %s', async (_, key, said) => {
  tools.write(
    'ysql_dump',
    prints(
      `CREATE DATABASE orders;\\n\\\\connect orders\\nCREATE TABLE public.orders (id integer NOT NULL, ${key});\\n`,
    ),
  );
  tools.write('ysql_dumpall', prints('CREATE ROLE app;\\n'));
  const { warnings = [] } = await dumped();
  expect(warnings.filter((warning) => /#4806.*orders_key of public\.orders/.test(warning))).toHaveLength(said);
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

  it('after a change of the catalog version met DDL: it says so, and writes nothing', async () => {
    failsAt(8);
    const { artefacts, inconsistent } = await dumped({ catalogBefore: '7' });
    expect(artefacts).toEqual([]);
    expect(inconsistent).toMatch(/^the catalog version went from 7 to 8 .*relation "s1_7" does not exist/);
  });

  it('with the same catalog version fails as the tool does', async () => {
    failsAt(7);
    await expect(dumped({ catalogBefore: '7' })).rejects.toThrow(/relation "s1_7" does not exist/);
  });
});

describe('24.10: a dump as of the snapshot’s moment', () => {
  /** `then`, `now`: what it prints with and without `--read-time`, or how it fails. */
  const prints = ({
    then,
    now,
    help = '  --read-time=TIMESTAMP  x',
  }: {
    then: string;
    now: string;
    help?: string;
  }): void => {
    tools.write(
      'ysql_dump',
      `file=; then=; for a in "$@"; do case $a in --help) echo '${help}'; exit;; --file=*) file=\${a#--file=};; --read-time=${MOMENT}) then=yes;; esac; done
if [ "$then" ]; then ${then}; else ${now}; fi > "$file"`,
    );
    tools.write(
      'ysql_dumpall',
      `for a in "$@"; do case $a in --file=*) file=\${a#--file=};; esac; done; echo > "$file"`,
    );
  };
  const DATABASE = 'CREATE DATABASE orders;\\n\\\\connect orders\\n';
  const text = (what: string): string => `printf '${DATABASE}-- ${what}\\n'`;
  const schema = (): string | undefined => /^-- (.*)$/m.exec(written[0] ?? '')?.[1];

  it('is made where the release offers it, and is marked as such', async () => {
    prints({ then: text('then'), now: text('now') });
    expect(await dumped({ catalogBefore: '7/3' })).toMatchObject({ ofSnapshotMoment: true });
    expect(schema()).toBe('then');
  });

  it.each([
    ['the release does not offer it', { help: '  --schema-only' }, { catalogBefore: '7' }],
    ['the user may not read the past', {}, { catalogBefore: '7', mayReadThePast: false }],
    ['nobody knows the version before', {}, {}],
  ])('is not made when %s', async (_, tool, given) => {
    prints({ then: text('then'), now: text('now'), ...tool });
    const { ofSnapshotMoment } = await dumped(given);
    expect([ofSnapshotMoment, schema()]).toEqual([undefined, 'now']);
  });

  it('is replaced by a dump of the present schema if the moment is outside history retention', async () => {
    const tooOld = `echo 'ysql_dump: error: query failed: ERROR:  Snapshot too old: Snapshot too old. Read point: { physical: 1 }: kSnapshotTooOld' >&2; exit 1`;
    prints({ then: tooOld, now: text('now') });
    const { ofSnapshotMoment } = await dumped({ catalogBefore: '7' });
    expect([ofSnapshotMoment, schema()]).toEqual([undefined, 'now']);
  });

  it('leaves out sequences created since; one dropped since has lost its value, so the backup is inconsistent', async () => {
    prints({ then: text('then\\nCREATE SEQUENCE public.kept;'), now: 'exit 1' });
    const { artefacts } = await dumped({ catalogBefore: '7', sequences: ['kept', 'late'] });
    expect(artefacts.find(({ kind }) => kind === 'sequences')).toMatchObject({ count: 1 });
    expect(written[1]).toMatch(/^\{.*"name":"kept".*\}\n$/);
    const { artefacts: none, inconsistent } = await dumped({ catalogBefore: '7', sequences: ['late'] });
    expect([none, inconsistent]).toEqual([[], 'the sequence public.kept was dropped while the schema was dumped']);
  });
});
