import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { openYugabyte, ToolFailed, UnexpectedOutput } from '../../../src/yugabyte';
import { LIMITS } from '../../../src/yugabyte/process/limits';
import { LinesOfOutput } from '../../../src/yugabyte/process/lines-of-output';
import { onCall, type Call } from '../../../src/yugabyte/process/calls';
import { listSnapshots, type ListedSnapshot, type ListSnapshotsInput } from '../../../src/yugabyte/yb-admin';
import { until } from '../../support/stack';
import { FakeTools } from '../fake-tools';
import { ybAdminPrints } from '../fixtures';

let tools: FakeTools;
beforeEach(() => void (tools = new FakeTools()));
afterEach(() => tools.remove());

const id = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

/** Masters that list `snapshots` snapshots of `tables` tables each, in turn of the databases db0 to db3. */
function lists({ snapshots, tables, then = '' }: { snapshots: number; tables: number; then?: string }): void {
  const name = 'a_table_whose_name_is_as_long_as_those_of_generated_schemas';
  tools.write(
    'yb-admin',
    `if [ "$1" = --version ]; then cat <<'EOF'\n${ybAdminPrints('2025.1', 'version/version')}EOF\nexit 0; fi
awk 'BEGIN {
  print "Snapshot UUID                    \\tState       \\tCreation Time";
  for (s = 0; s < ${snapshots}; s++) {
    printf "00000000-0000-4000-8000-%012d \\tCOMPLETE  \\t2026-11-28 10:00:00.%06d\\n", s, s;
    printf " \\t{\\"type\\":\\"NAMESPACE\\",\\"id\\":\\"%032d\\",\\"data\\":{\\"name\\":\\"db%d\\",\\"database_type\\":\\"%s\\"}}\\n", s % 4, s % 4, s % 4 == 3 ? "YQL_DATABASE_CQL" : "YQL_DATABASE_PGSQL";
    for (t = 0; t < ${tables}; t++)
      printf " \\t{\\"type\\":\\"TABLE\\",\\"id\\":\\"%032d\\",\\"data\\":{\\"name\\":\\"${name}_%d\\",\\"version\\":0,\\"state\\":\\"RUNNING\\",\\"namespace_id\\":\\"%032d\\"}}\\n", t, t, s % 4;
  }
}'
${then}`,
  );
}

const ask = (input: ListSnapshotsInput, signal?: AbortSignal): Promise<ListedSnapshot[]> =>
  openYugabyte(tools.config()).run(listSnapshots, input, signal ? { signal } : {});

describe('the details of snapshots, which name every table of every one', () => {
  it('may be longer than what is held in memory: the databases are kept', async () => {
    lists({ snapshots: 90, tables: 4_000 });
    const found = await ask({ details: true });
    expect(90 * 4_000 * 200).toBeGreaterThan(LIMITS.listBytes);
    expect(found).toHaveLength(90);
    expect(found.map(({ database }) => database?.name)).toEqual(found.map((_one, at) => `db${at % 4}`));
    expect(found[3]?.database).toEqual({ api: 'ycql', id: `${'0'.repeat(31)}3`, name: 'db3' });
    expect(found.every((one) => one.tables === undefined)).toBe(true);
    expect(found.at(-1)).toMatchObject({ id: id(89), state: 'COMPLETE', snapshotMicros: '1795860000000089' });
  }, 60_000);

  it('include the tables of the most preferred snapshot that is still listed', async () => {
    lists({ snapshots: 5, tables: 3 });
    const found = await ask({ details: true, tablesOf: [id(77), id(2), id(1), id(4)] });
    expect(found.map(({ tables }) => tables?.length)).toEqual([undefined, undefined, 3, undefined, undefined]);
    expect(found[2]?.tables?.map((table) => table.name.replace(/.*_/, ''))).toEqual(['0', '1', '2']);
  });

  it('are discarded when the tool fails after printing them', async () => {
    lists({ snapshots: 5, tables: 3, then: "echo 'Error running list_snapshots: Timed out' >&2; exit 1" });
    await expect(ask({ details: true })).rejects.toBeInstanceOf(ToolFailed);
  });

  it("are refused when a row can't be parsed, and the tool is ended", async () => {
    lists({ snapshots: 2, tables: 1, then: "echo 'what is this'; sleep 600" });
    await expect(ask({ details: true })).rejects.toThrow(UnexpectedOutput);
  });

  it('are refused when a line never ends', async () => {
    lists({ snapshots: 1, tables: 1, then: 'head -c 3000000 /dev/zero; sleep 600' });
    await expect(ask({ details: true })).rejects.toThrow(/more than/);
  });

  it("are aborted with the caller's signal", async () => {
    lists({ snapshots: 1, tables: 1, then: `touch ${tools.path('printed')}; sleep 600` });
    const asks = new AbortController();
    const asked = ask({ details: true }, asks.signal);
    await until('the first lines are printed', () => existsSync(tools.path('printed')));
    asks.abort();
    await expect(asked).rejects.toMatchObject({ cancelled: true });
  });

  it('are recorded as they were printed', async () => {
    lists({ snapshots: 2, tables: 2 });
    const calls: Call[] = [];
    const end = onCall((call) => calls.push(call));
    await ask({ details: true }).finally(end);
    const printed = calls.flatMap((call) => (call.kind === 'tool' && call.args.includes('SHOW_DETAILS') ? call : []));
    expect(printed[0]?.stdout?.match(/"type":"TABLE"/g)).toHaveLength(4);
  });
});

it('lines are the same, in whatever pieces their text comes', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), fc.integer({ min: 1, max: 7 }), (texts, size) => {
      const lines = texts.map((text) => text.replaceAll(/[\r\n]/g, ''));
      const found: string[] = [];
      const reader = new LinesOfOutput((line) => found.push(line));
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
      reader.end();
      expect(found).toEqual(lines);
    }),
  );
});
