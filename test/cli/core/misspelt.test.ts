import { KalpaFailure } from '../../../src/client';
import { kalpa } from '../fake-cli';

const databases = ['ysql.orders', 'ysql.invoices', 'ycql.shop'].map((database) => ({ database, recoverable: [] }));
const answers = { inspectCluster: async () => await Promise.resolve({ databases, snapshots: [] }) };
const runs = [
  {
    workflowId: 'backup/demo/ysql.orders/20261122T020007Z',
    database: 'ysql.orders',
    startedAt: '2026-11-22T02:00:07Z',
  },
];
const client = {
  runs: async () => await Promise.resolve({ runs, more: false }),
  describeRun: async (workflowId: string) =>
    await Promise.reject(new KalpaFailure('NotFound', `Temporal knows no operation ${workflowId}.`)),
};

describe('22.28: a misspelt name at the terminal', () => {
  it.each([
    [['pitr', 'status', 'ysql.ordres'], 3, 'Did you mean ysql.orders?'],
    [['pitr', 'status', 'ysql.shop'], 3, 'Did you mean ycql.shop?'],
    [['pitr', 'status', 'orders'], 2, 'Did you mean ysql.orders?'],
    [['snapshot', 'list', 'ysql.invoice'], 3, 'Did you mean ysql.invoices?'],
    [['snapshot', 'list', 'invoices'], 2, 'Did you mean ysql.invoices?'],
    [['pitr', 'disable', 'ysql.ordres'], 3, 'Did you mean ysql.orders?'],
    [['watch', 'ysql.ordres'], 3, 'Did you mean ysql.orders?'],
    [
      ['cancel', 'backup/demo/ysql.orders/20261122T020008Z'],
      3,
      'Did you mean backup/demo/ysql.orders/20261122T020007Z?',
    ],
    [['limit', 'orders', '--bytes-per-second', '1MB'], 3, 'Did you mean ysql.orders?'],
    [['bakup', 'ysql.orders'], 2, 'Did you mean backup?'],
    [['schedule', 'ad'], 2, 'Did you mean add?'],
    [['backup', 'ysql.orders', '--fingerprnt', 'none'], 2, 'Did you mean --fingerprint?'],
  ])('22.28: kalpa %j ends with %d: %s', async (line, code, said) => {
    const outcome = await kalpa(line, { answers, client });
    expect(outcome).toMatchObject({ code, stdout: '' });
    expect(outcome.stderr).toContain(said);
  });

  it('22.28: a list of nothing says what was meant', async () => {
    expect((await kalpa(['runs', 'ysql.ordrs'], { client })).stdout).toBe(
      'No operation is running on ysql.ordrs. Did you mean ysql.orders?\n',
    );
    const openCatalogue = () => ({
      where: 's3://b, cluster demo',
      operations: async ({ database }: { database?: string }) =>
        await Promise.resolve({ operations: database === undefined ? [{ database: 'ysql.orders' }] : [], more: false }),
      close: () => undefined,
    });
    const { stdout } = await kalpa(['history', 'ysql.ordrs'], { parts: { openCatalogue: openCatalogue as never } });
    expect(stdout).toBe(
      'Nothing about ysql.ordrs in the last 30 days in s3://b, cluster demo. Did you mean ysql.orders?\n',
    );
  });
});
