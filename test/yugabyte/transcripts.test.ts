import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unreadable, unreadFields } from '../../src/yugabyte';
import { capabilitiesOf } from '../../src/yugabyte/releases';

interface Fixture {
  file: string;
  /** The operation of yb-admin, or the path of the page. */
  of: string;
  args?: string[];
  exitCode?: number;
  status?: number;
}

const root = join(__dirname, '../fixtures/transcripts');
const releases = readdirSync(root).filter((name) => existsSync(join(root, name, 'index.json')));
const indexOf = (folder: string) =>
  JSON.parse(readFileSync(join(root, folder, 'index.json'), 'utf8')) as {
    release: string;
    emulated: boolean;
    releases: Record<string, string>;
    fixtures: Fixture[];
  };

// Made by `npm run fixtures:from` of a transcript of `kalpa conformance`; which of them are of an emulator, their index
// says.
describe.each(releases)('what the cluster of %s answered', (folder) => {
  const { release, emulated, releases: said, fixtures } = indexOf(folder);
  const capabilities = capabilitiesOf(release);
  const textOf = ({ file }: Fixture): string => readFileSync(join(root, folder, file), 'utf8');
  const well = fixtures.filter(({ exitCode = 0, status = 200 }) => exitCode === 0 && status === 200);
  const problem = (fixture: Fixture, output: string): string | undefined =>
    fixture.args === undefined
      ? unreadable({ page: fixture.of, output }, capabilities)
      : unreadable({ operation: fixture.of, output, args: fixture.args }, capabilities);

  it('says whether it was an emulator', () => {
    expect(emulated).toBe(/emulator/.test(said['yb-admin'] ?? ''));
    expect(folder.endsWith('-emulator')).toBe(emulated);
  });

  it.each(well.map((fixture) => [fixture.file, fixture] as const))('is read: %s', (_, fixture) => {
    expect(problem(fixture, textOf(fixture))).toBeUndefined();
  });

  it.each(['list_snapshots', '/dump-entities', '/api/v1/tablet-servers', 'export_snapshot', 'list_all_tablet_servers'])(
    'is found out when %s prints something else',
    (of) => {
      const fixture = well.find((one) => one.of === of);
      if (fixture === undefined) throw new Error(`The transcript has no ${of}.`);
      expect(problem(fixture, of.startsWith('/') ? '{"other": [{}]}' : 'Something else\n')).toBeDefined();
    },
  );
});

it('a field that nobody reads is named by its path', () => {
  const page = JSON.stringify({
    keyspaces: [{ keyspace_id: 'a', keyspace_name: 'b', keyspace_type: 'ysql', owner: 'c' }],
    tables: [],
    tablets: [
      {
        table_id: 'a',
        tablet_id: 'b',
        state: 'RUNNING',
        replicas: [{ type: 'VOTER', server_uuid: 'u', addr: 'h', rack: 1 }],
      },
    ],
    more: {},
  });
  expect(unreadFields('/dump-entities', page)).toEqual(['keyspaces[].owner', 'tablets[].replicas[].rack', 'more']);
  expect(unreadFields('/varz', 'no JSON')).toEqual([]);
});
