import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { redact } from '../../../src/redaction';
import { decodeSnapshotFile, InstanceUnreadable, readInstanceUuid, tilesKeySpace } from '../../../src/yugabyte';
import { SnapshotFileInvalid, YugabyteError } from '../../../src/yugabyte/errors';
import { flagsOf } from '../../../src/yugabyte/http/varz';
import { withoutTables } from '../../../src/yugabyte/snapshot-file';
import { writeContainer } from '../../../src/yugabyte/snapshot-file/container';
import { metaCommand } from '../../../src/yugabyte/sql-gate/meta-commands';
import * as ybAdmin from '../../../src/yugabyte/yb-admin';
import { failureOf } from '../../../src/yugabyte/yb-admin/failure';
import { connectTarget } from '../../../src/yugabyte/ysql-dump/rewrite/connect-command';
import { EntriesLeftOut } from '../../../src/yugabyte/ysql-dump/rewrite/dump-entries';
import { scanSql } from '../../../src/yugabyte/ysql-dump/scan/scan-sql';
import { temporaryFolder } from '../../suites/temporary-folder';
import { dialectNamed, FIXTURE_DIALECTS } from '../../yugabyte/fixtures';
import { mutatedBytes, mutatedJson } from './mutations';
import { runs } from '../../support/matrix';

const FIXTURES = join(__dirname, '../../fixtures');
const RUNS = runs(100, 5);

type AnyCommand = ybAdmin.Command<Record<string, never>, unknown>;
/** Every command, by its word. */
const COMMANDS = new Map(
  Object.values(ybAdmin)
    .filter((one): one is never => typeof one === 'object' && 'parse' in one)
    .map((command: AnyCommand) => [command.name, command]),
);

/** What each release prints, byte for byte. */
const PRINTED = FIXTURE_DIALECTS.flatMap((dialect) =>
  readdirSync(join(FIXTURES, 'yb-admin', dialect)).flatMap((name) => {
    const command = COMMANDS.get(name);
    const folder = join(FIXTURES, 'yb-admin', dialect, name);
    return command === undefined
      ? []
      : readdirSync(folder).map((file) => ({
          dialect,
          name,
          file,
          command,
          text: readFileSync(join(folder, file), 'utf8'),
        }));
  }),
);

/** Lines as they are, turned, doubled, left out, and with names that hold what ends a line elsewhere. */
const hostileText = (honest: string): fc.Arbitrary<string> => {
  const lines = honest.split('\n');
  const line = fc.constantFrom(...lines);
  return fc.oneof(
    mutatedBytes(Buffer.from(honest)).map(String),
    fc
      .array(fc.oneof(line, fc.string({ unit: 'binary', maxLength: 40 })), { maxLength: 12 })
      .map((all) => all.join('\n')),
    fc
      .tuple(fc.constantFrom('\u2028', '\u2029', '\u0085', '\t', '\r', '{', '\0', '"'), fc.nat({ max: honest.length }))
      .map(([sign, at]) => honest.slice(0, at) + sign + honest.slice(at)),
    ...(honest.trimStart().startsWith('{') && lines.every((one) => !/^[A-Z]/.test(one))
      ? [mutatedJson(JSON.parse(honest.slice(honest.indexOf('{'))))]
      : []),
  );
};

function expectParsed(parse: () => unknown): void {
  try {
    JSON.stringify(parse());
  } catch (error) {
    if (!(error instanceof YugabyteError)) throw error;
    expect(error.message.length).toBeLessThan(17_000);
  }
  expect(Object.keys(Object.prototype)).toEqual([]);
}

describe('23: whatever yb-admin prints, it is read or is UnexpectedOutput:', () => {
  it('most commands have recorded outputs', () =>
    expect(new Set(PRINTED.map(({ name }) => name)).size).toBeGreaterThan(15));

  it.each(PRINTED)('$dialect $name $file', ({ dialect, command, text }) => {
    const parse = (printed: string): unknown => command.parse(printed, dialectNamed(dialect), {}, [command.name]);
    fc.assert(
      fc.property(hostileText(text), (printed) => expectParsed(() => parse(printed))),
      { numRuns: RUNS },
    );
  });

  it('standard error too', () => {
    fc.assert(
      fc.property(
        hostileText('Error running x: Not found (a.cc:1): Namespace "a" not found (master error 5)\n'),
        (text) => expectParsed(() => failureOf({ name: 'x', mutates: true }, 1, text)),
      ),
      { numRuns: RUNS },
    );
  });
});

const ID = '00004000000030008000000000004001';

describe('23: names come through the list of tables as they are:', () => {
  const parse = (printed: string): ybAdmin.ListedTable[] =>
    ybAdmin.listTables.parse(printed, dialectNamed('2025.1'), {}, []);

  it.each(['\u2028', '\u2029', '\u0085', '\n', '\r', '\t', ' ', '\u00a0', ' [ysql_schema=', '] ', ' table', ` ${ID}`])(
    'with %j in them',
    (sign) => {
      const name = `a${sign}b`;
      const printed = `ysql.d.${name} [ysql_schema=${name}] ${ID} table\nysql.d.t [ysql_schema=public] ${ID} index\r\n`;
      const [first, second] = parse(printed);
      expect(second).toEqual({ api: 'ysql', qualifiedName: 'd.t', schema: 'public', id: ID, type: 'index' });
      expect(first).toMatchObject({ api: 'ysql', id: ID, type: 'table' });
      const { qualifiedName, schema = '' } = first ?? { qualifiedName: '' };
      expect(`ysql.${qualifiedName} [ysql_schema=${schema}] ${ID} table\n`).toBe(
        printed.slice(0, -`ysql.d.t [ysql_schema=public] ${ID} index\r\n`.length),
      );
    },
  );

  it('whatever the names are, the entries are those that were printed', () => {
    const name = fc.string({ unit: 'binary', maxLength: 20 }).filter((text) => !/[\ud800-\udfff\r\n\]]/.test(text));
    const table = fc.record({
      name,
      schema: fc.option(name, { nil: undefined }),
      type: fc.constantFrom('table', 'index', 'catalog'),
    });
    fc.assert(
      fc.property(fc.array(table, { maxLength: 5 }), (tables) => {
        const printed = tables.map(
          ({ name, schema, type }) =>
            `ysql.d.${name}${schema === undefined ? '' : ` [ysql_schema=${schema}]`} ${ID} ${type}\n`,
        );
        expect(parse(printed.join(''))).toEqual(
          tables.map(({ name, schema, type }) => ({
            api: 'ysql',
            qualifiedName: `d.${name}`,
            ...(schema === undefined ? {} : { schema }),
            id: ID,
            type,
          })),
        );
      }),
      { numRuns: runs(300, 15) },
    );
  });
});

it('23: a name with a line separator makes no flag, no end of rows and no entry of its own, and hides no row', () => {
  expect([...flagsOf('--a=1\u2028--fs_data_dirs=/etc\n--b=2\n')]).toEqual([
    ['a', '1\u2028--fs_data_dirs=/etc'],
    ['b', '2'],
  ]);
  const copy = 'COPY public.t (a) FROM stdin;\nx\u2028\\.\u2028DROP TABLE t;\n\\.\nSELECT 1;\n';
  expect(scanSql(copy).map(({ start, end }) => copy.slice(start, end))[1]).toBe('x\u2028\\.\u2028DROP TABLE t;\n\\.');
  expect(redact('Failed to parse (1, secret\u2028more secret), given up')).toBe('Failed to parse [redacted], given up');
  expect(redact("LINE 1: SELECT 'a\u2028secret'\nHINT: x")).toBe('LINE 1: [redacted]\nHINT: x');
  const { reason, transient } = failureOf(
    { name: 'x', mutates: false },
    1,
    'Error running export_snapshot: Illegal state (a.cc:1): Table a\u2028b is undergoing DDL verification, retry later\n',
  );
  expect([transient, reason]).toEqual([true, expect.stringContaining('retry later')]);
  const statement = 'CREATE FUNCTION x() ...;';
  const text = `-- Name: a\u2028-- Name: b; Type: TABLE; Schema: s; Owner: o\n${statement}`;
  const piece = { text, bytes: Buffer.from(text), statements: scanSql(text), copies: false };
  const left = new EntriesLeftOut([{ type: 'TABLE', schema: 's', tag: 'b' }]).of(piece as never);
  expect(left.statements).toHaveLength(piece.statements.length);
});

describe('23: time grows with the length and no faster:', () => {
  /** Processor milliseconds. */
  const spent = (work: () => unknown): number => {
    const before = process.cpuUsage();
    try {
      work();
    } catch (error) {
      if (!(error instanceof YugabyteError)) throw error;
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  const list =
    (name: string, dialect: '2.6' | '2025.1' = '2025.1') =>
    (text: string) =>
      COMMANDS.get(name)?.parse(text, dialectNamed(dialect), {}, []);
  const statements = (text: string): unknown => {
    const piece = {
      text: `${text}\nSELECT 1;`,
      bytes: Buffer.alloc(0),
      statements: [{ start: text.length + 1, end: text.length + 10 }],
      copies: false,
    };
    return new EntriesLeftOut([{ type: 'T', schema: 's', tag: 't' }]).of(piece as never);
  };

  it.each<[string, string, (text: string) => unknown]>([
    ['tables without an end', ' [ysql_schema=', list('list_tables')],
    ['tables of blanks', ' ', list('list_tables')],
    ['tables of line ends', '\n', list('list_tables')],
    ['tables of brackets', '] a.parent.uuid tabl', list('list_tables')],
    ['tables of many words', ' a.parent.uuid', list('list_tables')],
    ['streams of line ends', '\n', list('list_cdc_streams')],
    ['streams of blanks', '\n   ', list('list_cdc_streams')],
    ['namespaces of ids', ` ${ID} ysql`, list('list_namespaces')],
    ['snapshots of tabs', '\t', list('list_snapshots', '2.6')],
    ['snapshots of brackets', '\n{', list('list_snapshots', '2.6')],
    ['snapshots as JSON', '\n[', list('list_snapshots')],
    ['schedules as JSON', '{"schedules":[', list('list_snapshot_schedules')],
    ['restorations of line ends', '\r\n', list('list_snapshot_restorations', '2.6')],
    ['a configuration of blanks', 'live_replicas ', list('get_universe_config')],
    ['an import of rows', 'Tablet 1\t', list('import_snapshot')],
    ['flags', '--a=', flagsOf],
    ['the headers of a dump', '-- Name: ; Type: ; Schema: ', statements],
    ['a backslash line of words', 'a', (text) => metaCommand(`\\echo ${text}!`)],
    ['a backslash line of quotes', `'a"`, (text) => metaCommand(`\\echo ${text}!`)],
    ['a backslash line of blanks', ' ', (text) => metaCommand(`\\echo${text}!`)],
    ['a connection to blanks', ' ', (text) => connectTarget(`\\connect${text}!`)],
    ['rows of backslashes', '\\', (text) => redact(`password="${text.slice(0, 16_000)}`)],
  ])('%s', (_, unit, read) => {
    const textOf = (bytes: number): string => unit.repeat(Math.ceil(bytes / unit.length));
    expect(spent(() => read(textOf(1024 * 1024)))).toBeLessThan(1_500);
  });
});

describe('23: whatever an exported snapshot file holds, it is read or is SnapshotFileInvalid:', () => {
  const honest = readFileSync(join(FIXTURES, 'snapshot-file/orders-format-3.pb'));
  const sizes = honest.readUInt32LE(12);
  const header = honest.subarray(16, 16 + sizes);
  const message = honest.subarray(16 + sizes + 8, honest.length - 4);

  const expectRead = (content: Buffer): void => {
    try {
      const file = decodeSnapshotFile(content);
      expect(file.snapshotMicros).toMatch(/^\d+$/);
      for (const { id, tableIds } of file.tablets)
        expect([id, ...tableIds].every((one) => typeof one === 'string')).toBe(true);
      tilesKeySpace(file.tables, file.tablets);
      withoutTables(content, new Set([ID]));
    } catch (error) {
      if (!(error instanceof SnapshotFileInvalid)) throw error;
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
  };

  it('with checksums that fit', () => {
    expect(writeContainer({ header, message })).toEqual(honest);
    fc.assert(
      fc.property(mutatedBytes(message), (other) => expectRead(writeContainer({ header, message: other }))),
      { numRuns: runs(300, 15) },
    );
  });

  it('with a schema of its own', () => {
    fc.assert(
      fc.property(mutatedBytes(header), (other) => expectRead(writeContainer({ header: other, message }))),
      { numRuns: runs(300, 15) },
    );
    // Each type of a field in place of each other one: descriptors have the type behind the tag 0x28.
    for (let at = header.indexOf(0x28); at !== -1; at = header.indexOf(0x28, at + 1))
      for (const type of [1, 5, 9, 14]) {
        const other = Buffer.from(header);
        other[at + 1] = type;
        expectRead(writeContainer({ header: other, message }));
      }
  });

  it('with any bytes', () => {
    fc.assert(
      fc.property(mutatedBytes(honest), (content) => expectRead(content)),
      { numRuns: runs(300, 15) },
    );
  });

  it('a table of 100,000 tablets costs no more than its length', () => {
    const tablets = Array.from({ length: 100_000 }, (_, i) => ({
      id: `${i}`,
      tableIds: [ID],
      partitionStart: '',
      partitionEnd: '',
    }));
    const before = process.cpuUsage();
    tilesKeySpace([], tablets);
    const { user } = process.cpuUsage(before);
    expect(user / 1000).toBeLessThan(2_000);
  });
});

describe('23.13: what stands in place of the file that names a tserver', () => {
  const uuid = '8d5e2c1f4b6a49d0a1b2c3d4e5f60711';
  const honest = readFileSync(join(FIXTURES, 'snapshot-file/instance.pb'));
  const inDataDir = async (put: (file: string) => void): Promise<unknown> => {
    const { path, remove } = await temporaryFolder();
    mkdirSync(join(path, 'yb-data/tserver'), { recursive: true });
    put(join(path, 'yb-data/tserver/instance'));
    return await readInstanceUuid(path)
      .catch((error: unknown) => error)
      .finally(remove);
  };

  it.each<[string, (file: string) => void]>([
    ['a FIFO', (file) => execFileSync('mkfifo', [file])],
    ['a folder', (file) => mkdirSync(file)],
    [
      'a link',
      (file) => {
        writeFileSync(`${file}.other`, honest);
        symlinkSync(`${file}.other`, file);
      },
    ],
    ['an endless device', (file) => symlinkSync('/dev/zero', file)],
  ])('%s is not waited at, followed or read', async (_, put) => {
    expect(await inDataDir(put)).toBeInstanceOf(InstanceUnreadable);
  });

  it('any bytes: the uuid or InstanceUnreadable', async () => {
    expect(await inDataDir((file) => writeFileSync(file, honest))).toBe(uuid);
    const size = honest.readUInt32LE(12);
    const [header, message] = [honest.subarray(16, 16 + size), honest.subarray(16 + size + 8, honest.length - 4)];
    const other = fc.oneof(
      mutatedBytes(honest),
      mutatedBytes(message).map((bytes) => writeContainer({ header, message: bytes })),
    );
    await fc.assert(
      fc.asyncProperty(other, async (bytes) => {
        const found = await inDataDir((file) => writeFileSync(file, bytes));
        expect(found instanceof InstanceUnreadable || /^[0-9a-f]{32}$/.test(String(found))).toBe(true);
      }),
      { numRuns: runs(300, 15) },
    );
  });
});
