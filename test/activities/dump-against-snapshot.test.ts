import { makeExportSnapshot } from '../../src/activities/control/backup/export-snapshot';

const DATABASE_ID = '00004000000030008000000000000000';
const MOMENT = '1763776800000000';

/** What the exported file has, and what the masters say after the dump. */
let tables: { id: string; name: string; schema: string; kind: string; hidden: boolean; columns: { name: string }[] }[] =
  [];
let versionAfter = '7/3';
const history: object[] = [];

jest.mock('@temporalio/activity', () => ({
  ...jest.requireActual<object>('@temporalio/activity'),
  cancellationSignal: () => new AbortController().signal,
}));
jest.mock('../../src/activities/control/history/exported-snapshot', () => ({
  exportedSnapshot: async () =>
    await Promise.resolve({
      content: Buffer.from('snapshot'),
      exported: { snapshotMicros: MOMENT, database: { id: DATABASE_ID }, tables, tablets: [] },
    }),
}));
jest.mock('../../src/activities/control/history/carried-history', () => ({
  carriedHistory: async (_: unknown, moment: object) => await Promise.resolve(history.push(moment)),
}));
jest.mock('../../src/activities/control/run/same-database', () => ({
  namespaceIdOf: async () => await Promise.resolve(DATABASE_ID),
}));
jest.mock('../../src/yugabyte/snapshot-file/tiles-key-space', () => ({ tilesKeySpace: () => ({ problems: [] }) }));
jest.mock('../../src/repository', () => ({
  ...jest.requireActual<object>('../../src/repository'),
  readArtefact: async () =>
    await Promise.resolve(`SELECT pg_catalog.binary_upgrade_set_next_heap_relfilenode('16416'::pg_catalog.oid);
      CREATE TABLE public.orders (id integer, what text);`),
  writeArtefact: async () => await Promise.resolve({ kind: 'snapshot' }),
  putWorkList: async () => await Promise.resolve({ key: 'k' }),
}));

const orders = (change: { id?: number; columns?: string[] } = {}): (typeof tables)[number] => ({
  id: `000040000000300080000000${(change.id ?? 16416).toString(16).padStart(8, '0')}`,
  name: 'orders',
  schema: 'public',
  kind: 'table',
  hidden: false,
  columns: (change.columns ?? ['ybrowid', 'id', 'what']).map((name) => ({ name })),
});

async function exported(given: { ofSnapshotMoment?: boolean; after: string; tables: typeof tables }): Promise<unknown> {
  ({ tables } = given);
  versionAfter = given.after;
  history.splice(0);
  const api = {
    invalidIndexes: async () => await Promise.resolve([]),
    tables: async () => await Promise.resolve([]),
    catalogVersion: async () => await Promise.resolve(versionAfter),
  };
  const dependencies = { yugabyte: () => ({ api: () => api }), repository: {}, config: { repository: {} } };
  const { inconsistent } = await makeExportSnapshot(dependencies as never)({
    backup: { backupId: 'b', database: 'ysql.orders', chain: { workflowId: 'w' } },
    snapshotId: '0d4b4935-2c95-4523-95ab-9ead1e95e794',
    artefacts: [{ kind: 'schema' }],
    catalogBefore: '7/3',
    ...(given.ofSnapshotMoment ? { ofSnapshotMoment: true } : {}),
  } as never);
  return inconsistent;
}

describe('24.10: the comparison of a dump with the snapshot, when DDL was committed meanwhile', () => {
  it("a dump as of the snapshot's moment is not affected; history is recorded with the catalog version before", async () => {
    expect(await exported({ ofSnapshotMoment: true, after: '8/4', tables: [orders()] })).toBeUndefined();
    expect(history).toEqual([expect.objectContaining({ catalogVersion: '7/3', snapshotMicros: MOMENT })]);
  });

  it('with a dump of the present schema, both are taken again', async () =>
    expect(await exported({ after: '8/4', tables: [orders()] })).toMatch(
      /^the catalog version went from 7\/3 to 8\/4/,
    ));

  it.each([
    ['a table that was being rewritten', [orders({ id: 16500 })]],
    ['one that is there twice', [orders(), orders({ id: 16500 })]],
    ['one that was being given a column', [orders({ columns: ['ybrowid', 'id', 'what', 'more'] })]],
  ])("with a dump as of the snapshot's moment that has %s, both are taken again", async (_, found) =>
    expect(await exported({ ofSnapshotMoment: true, after: '8/4', tables: found })).toBe(
      'DDL was under way when the snapshot was taken: public.orders',
    ),
  );

  it("with a dump as of the snapshot's moment that has a table which the snapshot lacks, both are taken again", async () =>
    expect(await exported({ ofSnapshotMoment: true, after: '8/4', tables: [] })).toMatch(
      /^tables were created .*public\.orders/,
    ));

  it('without DDL storage numbers are not compared, so a release that prints none can be backed up', async () =>
    expect(await exported({ after: '7/3', tables: [orders({ id: 1 })] })).toBeUndefined());
});
