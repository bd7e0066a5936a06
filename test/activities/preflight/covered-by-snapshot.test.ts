import { Checks } from '../../../src/activities/control/preflight/checks';
import { checkTablesUnchanged, isOfDropped } from '../../../src/activities/control/snapshot/check-covered';
import { listSnapshots, listTables, type Entities } from '../../../src/yugabyte';

const DATABASE = 'ysql.orders';
const MINE = { api: 'ysql', id: 'k1', name: 'orders' };

/** Masters that list these tables, and a snapshot of the others; `keyspaces`: ids that have the database's name. */
function masters({ keyspaces = ['k1'], now = ['a', 'b'], covered = ['a', 'b'] }) {
  const tables = (ids: string[]) => ids.map((id) => ({ id, name: `table ${id}`, keyspaceId: keyspaces[0] }));
  const entities = {
    keyspaces: keyspaces.map((id) => ({ id, name: 'orders', api: 'ysql' })),
    tables: tables(now),
    tablets: [],
  } as unknown as Entities;
  const snapshots = [{ id: 's', state: 'COMPLETE', database: MINE, tables: tables(covered) }];
  const yugabyte = {
    run: async (command: unknown) =>
      await Promise.resolve(command === listTables ? tables(now) : command === listSnapshots ? snapshots : []),
    http: { dumpEntities: async () => await Promise.resolve(entities) },
  };
  const dependencies = {
    store: { location: 's3://b' },
    repository: {},
    config: { cluster: 'demo' },
    yugabyte: () => yugabyte,
  } as never;
  const checks = new Checks(dependencies, {
    ...{ patienceMs: 50, leftMs: 50, deadlineMs: 50, signal: new AbortController().signal, onWait: () => undefined },
  });
  return { checks };
}

describe('24: a snapshot of a database that was dropped', () => {
  it.each([
    [
      'nobody has its name',
      [],
      /^Snapshot s is of a database ysql\.orders that was dropped\. Its files were deleted with it/,
    ],
    [
      'another one has its name',
      ['k2'],
      /that was dropped, and another one has its name now\. Its files were deleted with it/,
    ],
  ])('%s', async (_, keyspaces, message) => {
    const { checks } = masters({ keyspaces });
    expect(await isOfDropped(checks, { snapshotId: 's', found: { database: DATABASE, namespaceId: 'k1' } })).toBe(true);
    expect(checks.findings.list).toEqual([
      { type: 'NotFound', message: expect.stringMatching(message) as string, snapshotId: 's', database: DATABASE },
    ]);
  });

  it('is recognised by its id alone', async () => {
    const { checks } = masters({});
    for (const namespaceId of ['k1', undefined])
      expect(
        await isOfDropped(checks, {
          snapshotId: 's',
          found: { database: DATABASE, ...(namespaceId === undefined ? {} : { namespaceId }) },
        }),
      ).toBe(false);
    expect(checks.findings.list).toEqual([]);
  });
});

describe('24: tables of a snapshot, of which an exported file may lack the dropped ones', () => {
  it.each([
    ['the same', ['a', 'b'], ['b', 'a'], undefined],
    ['one dropped', ['a'], ['a', 'b'], 'table b was dropped or rewritten'],
    ['one created', ['a', 'b', 'c'], ['a', 'b'], 'table c was created later'],
  ])('%s', async (_, now, covered, found) => {
    const { checks } = masters({ now, covered });
    expect(await checkTablesUnchanged(checks, { snapshotId: 's', database: DATABASE })).toBe(found === undefined);
    expect(checks.findings.list.map(({ message }) => message)).toEqual(
      found === undefined ? [] : [expect.stringContaining(`are not those of the snapshot (${found}), and a restore`)],
    );
  });
});
