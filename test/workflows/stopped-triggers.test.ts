import { Client } from 'pg';
import { makeUndo } from '../../src/activities/control/undo/undo';
import type { ControlDependencies } from '../../src/activities/control/dependencies';
import { FakedCluster, refusal } from '../support/workflows/faked-cluster';
import { standardActivities, type Activities } from '../support/workflows/standard-activities';
import { openPostgresCluster, type PostgresCluster } from '../yugabyte/ysql/postgres-cluster';

const SCHEMA = `CREATE TABLE orders (id int PRIMARY KEY); CREATE TABLE parts (id int PRIMARY KEY);
  CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
  CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
  CREATE TRIGGER on_orders AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION note();
  ALTER TABLE orders ENABLE ALWAYS TRIGGER on_orders;
  CREATE TRIGGER on_parts AFTER INSERT ON parts FOR EACH ROW EXECUTE FUNCTION note();
  ALTER TABLE parts ENABLE REPLICA TRIGGER on_parts;
  CREATE EVENT TRIGGER ddl ON ddl_command_end EXECUTE FUNCTION on_ddl();
  ALTER EVENT TRIGGER ddl ENABLE ALWAYS`;
/** As a release leaves them that commits DDL by itself, when a load breaks off. */
const STOPPED = `ALTER EVENT TRIGGER ddl DISABLE; ALTER TABLE orders DISABLE TRIGGER on_orders; ALTER TABLE parts DISABLE TRIGGER on_parts`;
const tables = ['orders', 'parts'].map((name) => ({ schema: 'public', name }));

describe('22.8: a load of rows alone that breaks off where DDL is committed by itself', () => {
  let cluster: FakedCluster;
  let database: PostgresCluster;
  beforeAll(async () => {
    cluster = await FakedCluster.open({ heartbeatTimeout: 20_000 });
    database = await openPostgresCluster();
  }, 60_000);
  afterAll(async () => {
    await cluster.close();
    await database.stop();
  });

  const state = async (name: string): Promise<unknown> => [
    await database.sql(name, 'SELECT tgname, tgenabled FROM pg_trigger ORDER BY 1'),
    await database.sql(name, 'SELECT evtname, evtenabled FROM pg_event_trigger'),
  ];
  const killWaiting = async (name: string): Promise<boolean> =>
    (
      await database.sql(
        'yugabyte',
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}' AND wait_event_type = 'Lock'`,
      )
    ).length > 0;

  it.each(['killed half way', 'run twice, since its answer was lost'] as const)(
    'leaves no trigger disabled, though the step that enables them is %s',
    async (how) => {
      const name = how === 'killed half way' ? 'killed' : 'twice';
      await database.sql('yugabyte', `CREATE DATABASE ${name}`);
      await database.sql(name, SCHEMA);
      const before = await state(name);
      const triggers = await database.yugabyte.sql.firingTriggers(name, tables);
      expect(triggers).toHaveLength(3);
      const undo = makeUndo({
        client: cluster.client,
        repository: { cluster: cluster.name },
        yugabyte: () => database.yugabyte,
      } as unknown as ControlDependencies);
      const outcomes: unknown[] = [];
      const holder = new Client({ ...database.address, database: name });
      await holder.connect();
      const standard = standardActivities() as Partial<Activities> as Activities;
      cluster.use({
        findDump: async (asked) => ({
          ...(await standard.findDump(asked)),
          database: `ysql.${name}`,
          content: 'data',
        }),
        preflightLoad: async () =>
          await Promise.resolve({
            scratchName: 'kalpa_0123456789ab',
            warnings: [],
            rowsInto: { silent: true, triggers },
          }),
        loadText: async () => {
          await database.sql(name, STOPPED);
          if (how === 'killed half way') await holder.query('BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE');
          throw refusal('RestoreFailed', 'the first SQL error');
        },
        undo: async (input) => {
          try {
            const done = await undo(input);
            outcomes.push(done);
            if (how !== 'killed half way' && outcomes.length === 1) throw new Error('the answer was lost');
            return done;
          } catch (error) {
            if (outcomes.length === 0) outcomes.push('killed');
            throw error;
          }
        },
      });
      const run = await cluster.start('loadDump', { dump: `ysql.${name}-dump-20261122T020000Z-3fa9c1` });
      // The trigger of `parts` fires again already when the connection goes.
      if (how === 'killed half way')
        await cluster.until('it waits for the other table, and its connection is killed', () => killWaiting(name));
      await cluster.until('the first attempt is over', () => outcomes.length > 0);
      await holder.end();
      await expect(run.result()).rejects.toMatchObject({ cause: { type: 'RestoreFailed' } });
      expect(outcomes.length).toBeGreaterThanOrEqual(2);
      expect(await state(name)).toEqual(before);
    },
    60_000,
  );
});
