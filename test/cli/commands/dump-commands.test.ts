import { kalpa } from '../fake-cli';

const dumped = { dumpId: 'ysql.orders-dump-20261122T020007Z-3fa9c1', tables: 3, rows: 1234, bytes: 5_000_000 };
const answering = (result: object) => ({ result: async () => await Promise.resolve(result) });

describe('kalpa dump', () => {
  it('sends what was given and nothing else', async () => {
    const { started, stdout } = await kalpa(['dump', 'ysql.orders'], answering(dumped));
    expect(started).toEqual([['dumpDatabase', { database: 'ysql.orders' }, {}]]);
    expect(stdout).toContain(`complete  ${dumped.dumpId}  3 tables  1,234 rows  5.00 MB`);
  });

  it('turns every option into a field', async () => {
    const line = ['dump', 'ysql.orders', '--data-only', '--table', 'orders', 'sales.lines', '--when-busy', 'wait'];
    const { started } = await kalpa(line, answering(dumped));
    expect(started[0]?.[1]).toEqual({
      database: 'ysql.orders',
      dataOnly: true,
      tables: ['orders', 'sales.lines'],
      whenBusy: 'wait',
    });
  });

  it('dumps the whole cluster', async () => {
    const all = { dumpId: 'ysql-dump-20261122T020007Z-3fa9c1', databases: 4, rows: 0, bytes: 900 };
    const { started, stdout } = await kalpa(['dump', 'ysql', '--roles-only'], answering(all));
    expect(started[0]?.slice(0, 2)).toEqual(['dumpCluster', { api: 'ysql', rolesOnly: true }]);
    expect(stdout).toContain('4 databases');
  });

  it.each([
    ['ysql', '--data-only'],
    ['ysql.orders', '--roles-only'],
  ])('refuses %s %s', async (database, option) => {
    const { code, started, stderr } = await kalpa(['dump', database, option]);
    expect({ code, started }).toEqual({ code: 2, started: [] });
    expect(stderr).toMatch(/(is|are) for (one database|the whole cluster)/);
  });
});

describe('kalpa load', () => {
  it('turns every option into a field', async () => {
    const line = ['load', dumped.dumpId, '--as', 'copy', '--database', 'ysql.orders', '--table', 'orders'];
    const result = { database: 'ysql.copy', dumpId: dumped.dumpId, tables: 3, rows: 1234 };
    const { started, stdout } = await kalpa([...line, '--roles', 'skip', '--from-cluster', 'old'], answering(result));
    expect(started[0]?.slice(0, 2)).toEqual([
      'loadDump',
      {
        dump: dumped.dumpId,
        as: 'copy',
        database: 'ysql.orders',
        tables: ['orders'],
        roles: 'skip',
        fromCluster: 'old',
      },
    ]);
    expect(stdout).toContain(`complete  ysql.copy  from ${dumped.dumpId}  1,234 rows in 3 tables compared`);
  });
});
