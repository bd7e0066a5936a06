import { refuseForeignWorkers } from '../../../src/cli/doctor/foreign-workers';
import { controlWorkerIdentity, nodeWorkerIdentity, universeOfIdentity } from '../../../src/contract';
import { fakeClient, HEALTHY } from './doctor-world';
import { kalpa, resolvedConfig } from '../fake-cli';

const nowSeconds = (): number => Math.floor(Date.now() / 1000);
const place = { host: 'db-1.internal', pid: 7 };
const poller = (universe: string | undefined, secondsAgo = 1) => ({
  identity: controlWorkerIdentity('demo', universe, place),
  lastAccessTime: { seconds: nowSeconds() - secondsAgo },
});

async function check(
  pollers: ReturnType<typeof poller>[],
  universe: () => Promise<string | undefined>,
  recorded: () => Promise<string | undefined> = async () => await Promise.resolve(undefined),
): Promise<string[]> {
  const client = fakeClient({ ...HEALTHY, pollers: { 'kalpa/demo': pollers } });
  const remarks: string[] = [];
  await refuseForeignWorkers(client, {
    ...{ cluster: 'demo', where: 't:7233, namespace "default"', universe, recorded },
    remark: (text) => remarks.push(text),
  });
  return remarks;
}
const unreachable = async (): Promise<never> => await Promise.reject(new Error('no route to 10.0.0.1:7100'));
const ours = async (): Promise<string> => await Promise.resolve('u1');

describe('a start beside a worker of another cluster', () => {
  it('22.23: is refused, and says where, who and what to do', async () => {
    await expect(check([poller('u1'), poller('u2')], ours)).rejects.toMatchObject({
      type: 'ForeignWorker',
      exitCode: 3,
      message:
        'Nothing was started: on kalpa/demo of the Temporal at t:7233, namespace "default", kalpa-control/demo/u2@db-1.internal:7 works for another cluster: the masters of this configuration are of universe u1. Set TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE to the Temporal of this cluster; kalpa doctor prints which one is used.',
    });
  });

  it.each<[string, ReturnType<typeof poller>[], () => Promise<string | undefined>]>([
    ['of ours alone', [poller('u1')], ours],
    ['that ended minutes ago', [poller('u1'), poller('u2', 120)], ours],
    ['where there is none yet', [], ours],
  ])('22.23: is let through: %s', async (_, pollers, universe) => {
    await expect(check(pollers, universe)).resolves.toEqual([]);
  });

  it('22.23: where the masters can not be reached from here, the repository tells whose worker it is', async () => {
    const recorded = async (): Promise<string> => await Promise.resolve('u1');
    await expect(check([poller('u2')], unreachable, recorded)).rejects.toMatchObject({
      type: 'ForeignWorker',
      message: expect.stringContaining(
        'kalpa-control/demo/u2@db-1.internal:7 works for another cluster: cluster demo of this repository is of universe u1.',
      ) as string,
    });
    await expect(check([poller('u1')], unreachable, recorded)).resolves.toEqual([]);
    // The masters know best: a record of before a move to other machines does not stop what they confirm.
    await expect(check([poller('u1')], ours, async () => await Promise.resolve('u0'))).resolves.toEqual([]);
  });

  it('22.23: what can not be compared is said, and why', async () => {
    const denied = async (): Promise<never> => await Promise.reject(new Error('AccessDenied'));
    expect(await check([poller('u2')], unreachable, denied)).toEqual([
      'Not checked whether kalpa-control/demo/u2@db-1.internal:7 on kalpa/demo works for this cluster: the masters did not report their universe (no route to 10.0.0.1:7100), and the repository has none on record for demo (AccessDenied). kalpa doctor checks each of them.',
    ]);
    expect(await check([poller('u2')], unreachable)).toEqual([expect.stringContaining('(nothing is told)')]);
    expect(await check([poller(undefined)], ours)).toEqual([
      'Not checked whether kalpa-control/demo@db-1.internal:7 on kalpa/demo works for this cluster: it could not ask its masters when it started. Restart it while they answer.',
    ]);
  });

  it('22.23: the masters are not asked where no worker tells its universe', async () => {
    const universe = jest.fn(ours);
    await check([poller(undefined)], universe);
    expect(universe).not.toHaveBeenCalled();
  });

  it.each([
    [['backup', 'ysql.orders']],
    [['restore', 'ysql.orders']],
    [['dump', 'ysql.orders']],
    [['load', 'ysql.orders']],
    [['inspect']],
    [['snapshot', 'create', 'ysql.orders']],
    [['snapshot', 'list']],
    [['pitr', 'enable', 'ysql.orders', '--every', '1h', '--keep', '1 day']],
    [['pitr', 'status']],
    [['recover', 'ysql.orders', '--ago', '5m', '--as', 'x']],
    [['schedule', 'add', 'backup', 'ysql.orders', '--every', '6h']],
    [['schedule', 'trigger', 'backup/demo/ysql.orders']],
    [['schedule', 'resume', 'backup/demo/ysql.orders']],
    [['schedule', 'restore']],
  ])('22.23: `kalpa %j` asks before it starts anything', async (line) => {
    const refused = Object.assign(new Error('Nothing was started: foreign.'), {
      name: 'CommandError',
      type: 'ForeignWorker',
      exitCode: 3,
    });
    const refuseForeignWorkers = jest.fn(async () => await Promise.reject(refused));
    const openScheduleRecords = (): never => ({ close: () => undefined }) as never;
    const outcome = await kalpa(line, { parts: { refuseForeignWorkers, openScheduleRecords } });
    expect(outcome).toMatchObject({
      code: 3,
      started: [],
      closed: 1,
      stderr: 'kalpa: Nothing was started: foreign.\n',
    });
    expect(refuseForeignWorkers).toHaveBeenCalledWith(resolvedConfig, expect.anything());
  });
});

describe("a worker's identity", () => {
  it('22.23: reports the universe, and nothing that is not one', () => {
    expect(universeOfIdentity(controlWorkerIdentity('demo', 'a-b1', place))).toBe('a-b1');
    expect(universeOfIdentity(controlWorkerIdentity('demo', undefined, place))).toBeUndefined();
    expect(universeOfIdentity(nodeWorkerIdentity('yb-1:9100', place))).toBeUndefined();
    expect(universeOfIdentity('1422@host')).toBeUndefined();
  });
});
