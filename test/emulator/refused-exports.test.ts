import { exportedSnapshot, isOfDroppedTable } from '../../src/activities/control/history/exported-snapshot';
import { openYugabyte, type Yugabyte } from '../../src/yugabyte';
import { withSql } from '../support/cluster/sql';
import { EmulatedCluster, until } from './emulated-cluster';

/** What Kalpa makes of an export of a release before mid-2022, which refuses it for a table that is gone (#13361). */
describe('24: the export of a snapshot of a table that was dropped, YugabyteDB 2.6', () => {
  let cluster: EmulatedCluster;
  let yugabyte: Yugabyte;
  beforeAll(async () => {
    cluster = await EmulatedCluster.start('2.6');
    const { host, ports, home } = cluster.options;
    yugabyte = openYugabyte({
      masters: [`${host}:${ports.masterRpc}`],
      tools: `${home}/bin`,
      ysql: { ...cluster.address, database: 'yugabyte' },
      http: { masters: [`${host}:${ports.masterHttp}`] },
      timeouts: { rpcMs: 20_000, commandMs: 60_000, httpMs: 5_000 },
    });
  });
  afterAll(async () => {
    await cluster.stop();
  });
  afterEach(async () => {
    await cluster.control('DELETE /faults');
  });

  async function made(name: string): Promise<void> {
    await withSql(cluster.address, 'yugabyte', async (sql) => await sql.query(`CREATE DATABASE ${name}`));
    await withSql(cluster.address, name, async (sql) => {
      await sql.query('CREATE TABLE stays AS SELECT 1 AS id; CREATE TABLE goes AS SELECT 1 AS id');
    });
  }
  const drop = async (name: string): Promise<void> => {
    await withSql(cluster.address, name, async (sql) => await sql.query('DROP TABLE goes'));
  };
  const begun = async (name: string): Promise<string> => {
    const said = await cluster.admin('create_database_snapshot', `ysql.${name}`);
    return /[0-9a-f-]{36}/.exec(said)?.[0] ?? said;
  };
  const stateOf = async (id: string): Promise<string | undefined> =>
    new RegExp(`^${id}\\s+(\\w+)`, 'm').exec(await cluster.admin('list_snapshots'))?.[1];
  const complete = async (id: string): Promise<void> => {
    await until(async () => (await stateOf(id)) === 'COMPLETE', `the snapshot ${id}`);
  };
  const exported = async (id: string): Promise<unknown> =>
    await exportedSnapshot(yugabyte, id, new AbortController().signal).then(
      ({ exported: { tables } }) => tables.map((table) => table.name).sort(),
      (error: unknown) => (isOfDroppedTable(error) ? 'taken again' : error),
    );
  /** As the run does: another snapshot has what is there now. */
  const takenAgain = async (name: string): Promise<unknown> => {
    const id = await begun(name);
    await complete(id);
    return await exported(id);
  };

  it('dropped when the export begins: the snapshot is taken again', async () => {
    await made('late');
    const id = await begun('late');
    await complete(id);
    await cluster.control('POST /faults', {
      ...{ name: 'sql', command: 'export_snapshot', times: 1 },
      ...{ database: 'late', sql: 'DROP TABLE goes' },
    });
    expect(await exported(id)).toBe('taken again');
    expect(await takenAgain('late')).toEqual(['stays']);
  });

  it('dropped between create_database_snapshot and COMPLETE: the snapshot is taken again', async () => {
    await made('early');
    await cluster.control('POST /faults', { name: 'snapshot-stays-creating' });
    const id = await begun('early');
    await until(async () => ((await stateOf(id)) ?? '') === 'CREATING', 'the snapshot to be under way');
    await drop('early');
    await cluster.control('DELETE /faults');
    await until(async () => (await stateOf(id)) !== 'CREATING', 'the snapshot to end');
    expect(await stateOf(id)).toBe('COMPLETE');
    expect(await exported(id)).toBe('taken again');
    expect(await takenAgain('early')).toEqual(['stays']);
  });

  it('the whole database is dropped: this refusal is recognised, too', async () => {
    await made('gone');
    const id = await begun('gone');
    await complete(id);
    await withSql(cluster.address, 'yugabyte', async (sql) => await sql.query('DROP DATABASE gone'));
    expect(await exported(id)).toBe('taken again');
  });

  it('refused for any other reason: the refusal itself', async () => {
    await made('whole');
    const id = await begun('whole');
    await complete(id);
    await cluster.control('POST /faults', {
      ...{ name: 'fail', command: 'export_snapshot', times: 1 },
      text: 'Error: Invalid argument (yb/master/catalog_manager.cc:1): Snapshot is not exportable',
    });
    expect(await exported(id)).toMatchObject({ name: 'ToolFailed' });
    expect(await exported(id)).toEqual(['goes', 'stays']);
  });
});
