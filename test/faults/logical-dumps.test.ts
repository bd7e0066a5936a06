import type { DumpDatabaseResult, LoadDumpResult } from '../../src/contract';
import { dumpsOf } from '../support/store/dump-list';
import { onCluster } from '../support/cluster/fault-cluster';
import { dialects, inFull } from '../support/matrix';
import { guardianEnd, untilPending } from '../support/cluster/watch-run';

/** Rows enough that a dump and a load of them take a moment. */
const CONTENT = `
  CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL UNIQUE);
  CREATE TABLE orders (id serial PRIMARY KEY, customer int NOT NULL REFERENCES customers, note text);
  INSERT INTO customers SELECT n, 'customer ' || n FROM generate_series(1, 5000) n;
  INSERT INTO orders (customer, note) SELECT 1 + n % 5000, md5(n::text) || md5((-n)::text) FROM generate_series(1, 45000) n;
`;
const ROWS = 50_000;
/** A dump, a load and a worker that starts over, two tests at once. */
jest.setTimeout(240_000);
const DUMP_STEPS = ['preflightDump', 'openDump', 'dumpText', 'commitDump'];
const LOAD_STEPS = ['findDump', 'preflightLoad', 'loadText', 'verifyLoaded', 'nameDatabase'];

describe.each(dialects())('the control worker is killed with SIGKILL, dialect %s', (dialect) => {
  const apart = ['control-worker'];

  inFull.each(DUMP_STEPS)(
    '36: in the step %s of a dump: it continues with another worker, and leaves no open upload',
    async (step) => {
      await onCluster({ dialect, apart }, async (cluster) => {
        const database = await cluster.database('shop', CONTENT);
        const handle = await cluster.start('dumpDatabase', { database });
        await untilPending(handle, step);
        await cluster.kill('control-worker');
        expect((await handle.result()) as DumpDatabaseResult).toMatchObject({ database, tables: 2, rows: ROWS });
        expect(await guardianEnd(cluster.client, database, cluster.name)).toBe('COMPLETED');
        expect(await cluster.leftovers()).toEqual([]);
      });
    },
  );

  inFull.each(LOAD_STEPS)(
    '36, 43: in the step %s of a load: it begins that step afresh with another worker',
    async (step) => {
      await onCluster({ dialect, apart }, async (cluster) => {
        const database = await cluster.database('shop', CONTENT);
        const { dumpId } = await cluster.run<DumpDatabaseResult>('dumpDatabase', { database });
        const handle = await cluster.start('loadDump', { dump: dumpId, as: 'copy' });
        await untilPending(handle, step);
        await cluster.kill('control-worker');
        expect((await handle.result()) as LoadDumpResult).toMatchObject({ database: 'ysql.copy', rows: ROWS });
        expect(await cluster.content('copy')).toEqual(await cluster.content(database));
        expect(await guardianEnd(cluster.client, 'ysql.copy', cluster.name)).toBe('COMPLETED');
        expect(await cluster.leftovers()).toEqual([]);
      });
    },
  );

  inFull('43: while rows alone are loaded: no row is there twice, and none is missing', async () => {
    await onCluster({ dialect, apart }, async (cluster) => {
      const database = await cluster.database('shop', CONTENT);
      const schema = await cluster.run<DumpDatabaseResult>('dumpDatabase', { database, schemaOnly: true });
      const rows = await cluster.run<DumpDatabaseResult>('dumpDatabase', { database, dataOnly: true });
      await cluster.run('loadDump', { dump: schema.dumpId, as: 'copy' });
      const handle = await cluster.start('loadDump', { dump: rows.dumpId, as: 'copy' });
      await untilPending(handle, 'loadText');
      await cluster.kill('control-worker');
      expect((await handle.result()) as LoadDumpResult).toMatchObject({ rows: ROWS });
      expect(await cluster.content('copy')).toEqual(await cluster.content(database));
    });
  });
});

describe.each(dialects())('a logical dump or load is ended by a person, dialect %s', (dialect) => {
  inFull.each(['cancel', 'terminate'] as const)(
    '37: a %s while it is dumped: nothing is listed that could be loaded',
    async (end) => {
      await onCluster({ dialect }, async (cluster) => {
        const database = await cluster.database('shop', CONTENT);
        const handle = await cluster.start('dumpDatabase', { database });
        await untilPending(handle, 'dumpText');
        await handle[end]('a person changed their mind');
        await expect(handle.result()).rejects.toThrow();
        expect(await guardianEnd(cluster.client, database, cluster.name)).toBe('COMPLETED');
        const listed = await dumpsOf(cluster.json, database, cluster.name);
        expect(listed.map(({ state }) => state)).not.toContain('committed');
      });
    },
  );

  inFull.each(['cancel', 'terminate'] as const)(
    '37: a %s while it is loaded: what was made is dropped, and nothing else',
    async (end) => {
      await onCluster({ dialect }, async (cluster) => {
        const database = await cluster.database('shop', CONTENT);
        const before = await cluster.content(database);
        const { dumpId } = await cluster.run<DumpDatabaseResult>('dumpDatabase', { database });
        const handle = await cluster.start('loadDump', { dump: dumpId, as: 'copy' });
        await untilPending(handle, 'loadText');
        await handle[end]('a person changed their mind');
        await expect(handle.result()).rejects.toThrow();
        expect(await guardianEnd(cluster.client, 'ysql.copy', cluster.name)).toBe('COMPLETED');
        await expect(cluster.content('copy')).rejects.toThrow();
        expect(await cluster.content(database)).toEqual(before);
      });
    },
  );
});
