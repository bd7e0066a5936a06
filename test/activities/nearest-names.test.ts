import { findBackup } from '../../src/activities/control/lookup/find-backup';
import { findDump } from '../../src/activities/control/lookup/find-dump';
import { findSnapshot } from '../../src/activities/control/lookup/find-snapshot';
import { checkDatabase } from '../../src/activities/control/preflight/check-database';
import { Checks } from '../../src/activities/control/preflight/checks';
import { noSchedule } from '../../src/client/schedule-failures';
import { layout } from '../../src/repository';
import { fakeYugabyte } from '../support/fake-yugabyte';
import { CountedStore } from '../repository/counted-store';

const chain = { workflowId: 'w', firstRunId: 'r' } as never;
const config = { cluster: 'demo' } as never;
const namespace = (name: string, api = 'ysql', system = false) => ({ name, api, system });
const NAMESPACES = [
  namespace('orders'),
  namespace('invoices'),
  namespace('shop', 'ycql'),
  namespace('template1'),
  namespace('system_schema', 'ycql', true),
];

const cluster = { tools: true, masters: true, loginAccepted: true, listed: true };

function checksOn(run: () => Promise<unknown>, listsNamespaces = true) {
  const parts = {
    capabilities: async () => await Promise.resolve({ listsNamespaces }),
    run,
    sql: {
      databaseExists: async () => await Promise.resolve(false),
      listDatabases: async () => await Promise.resolve([{ name: 'orders' }, { name: 'invoices' }]),
    },
    cql: { ping: async () => await Promise.resolve() },
    http: {
      dumpEntities: async () =>
        await Promise.resolve({ keyspaces: [{ id: 'k', name: 'shop', api: 'ycql' }], tables: [], tablets: [] }),
    },
  };
  const yugabyte = () => fakeYugabyte(parts);
  return new Checks({ store: { location: 's3://b' }, repository: {}, config: { cluster: 'demo' }, yugabyte } as never, {
    ...{ patienceMs: 600, deadlineMs: 600, signal: new AbortController().signal },
  });
}

describe('22.28: what a run does not find names the nearest', () => {
  it.each([
    ['ysql.ordres', 'ysql.orders', 'database'],
    ['ysql.shop', 'ycql.shop', 'database'],
    ['ysql.template', undefined, 'database'],
    ['ysql.payroll', undefined, 'database'],
    ['ycql.shpo', 'ycql.shop', 'keyspace'],
    ['ycql.system_schem', undefined, 'keyspace'],
  ])('22.28: %s: %s', async (given, meant, what) => {
    for (const listsNamespaces of [true, false]) {
      if (given === 'ysql.shop' && !listsNamespaces) continue; // 2.6 lists its databases and keyspaces apart
      const checks = checksOn(async () => await Promise.resolve(NAMESPACES), listsNamespaces);
      await checkDatabase(checks, { database: given, cluster });
      expect(checks.findings.list.map(({ type, message }) => `${type}: ${message}`)).toEqual([
        `NotFound: There is no ${what} ${given} on cluster demo.${meant === undefined ? '' : ` Did you mean ${meant}?`} List them: kalpa inspect.`,
      ]);
    }
  });

  it('22.28: a cluster that does not list its databases just now hides no finding and adds none', async () => {
    const checks = checksOn(async () => await Promise.reject(new Error('no leader')));
    await checkDatabase(checks, { database: 'ysql.ordres', cluster });
    expect(checks.findings.list.map(({ message }) => message)).toEqual([
      'There is no database ysql.ordres on cluster demo. List them: kalpa inspect.',
    ]);
    expect(checks.findings.warnings).toEqual([]);
  });

  const store = new CountedStore();
  const committed = 'ysql.orders-20261122T020007Z-3fa9c1';
  store.put(layout.intent('demo', committed), {});
  store.put(layout.manifest('demo', committed), {});
  store.put(layout.intent('demo', 'ysql.ordrs-20261122T030007Z-3fa9c1'), {}); // never complete: not worth naming
  store.put(layout.dumpManifest('demo', 'ysql.orders-dump-20261122T020007Z-3fa9c1'), {});
  const dependencies = { repository: store.of(), config };

  it.each([
    [{ database: 'ysql.ordrs' }, 'ysql.orders'],
    [{ database: 'ycql.orders' }, 'ysql.orders'],
    [{ database: 'ysql.payroll' }, undefined],
    ['ysql.orders-20261122T020007Z-3fa9c2', committed],
    ['ysql.orders-20261122T020007-3fa9c1', committed],
    [{ database: 'ysql.ordrs', before: '2026-11-22T00:00:00Z' }, 'ysql.orders'],
  ])('22.28: of backup %j: %s', async (backup, meant) => {
    const error: unknown = await findBackup(dependencies, { chain, backup }).catch((error: unknown) => error);
    expect(error).toMatchObject({ type: 'NotFound' });
    const { message } = error as Error;
    expect(/Did you mean ([^ ?]*)\?/.exec(message)?.[1]).toBe(meant);
    expect(message).toMatch(/kalpa backups/);
  });

  it('22.28: of a moment in no backup: the same', async () => {
    const asked = { chain, backup: { database: 'ysql.ordrs' }, to: '2026-11-22T02:00:00Z' };
    await expect(findBackup(dependencies, asked)).rejects.toThrow('Did you mean ysql.orders?');
  });

  it('22.28: of a dump', async () => {
    for (const dump of ['ysql.orders-dump-20261122T020007Z-3fa9c2', 'ysql.orders-dmp-20261122T020007Z-3fa9c1'])
      await expect(findDump(dependencies, { chain, dump })).rejects.toThrow(
        'Did you mean ysql.orders-dump-20261122T020007Z-3fa9c1?',
      );
  });

  it('22.28: of a snapshot', async () => {
    const id = '0d4b4935-2c95-4523-95ab-9ead1e95e794';
    const yugabyte = () => ({ run: async () => await Promise.resolve([{ id, state: 'COMPLETE' }]) });
    const asked = findSnapshot(
      { ...dependencies, yugabyte } as never,
      '0d4b4935-2c95-4523-95ab-9ead1e95e795',
      new AbortController().signal,
    );
    await expect(asked).rejects.toThrow(`Did you mean ${id}? List what there is: kalpa snapshot list.`);
  });

  it('22.28: of a schedule', () => {
    const known = ['backup/demo/ysql.orders', 'dump/demo/ysql.orders'];
    const of = (scheduleId: string, recorded = false) =>
      noSchedule({ cluster: 'demo', scheduleId, recorded, known }).message;
    expect(of('backup/demo/ysql.order')).toContain('nothing was changed. Did you mean backup/demo/ysql.orders?');
    expect(of('backup/demo/ysql.order', true)).toMatch(/nothing was changed\. The repository has it/);
  });
});
