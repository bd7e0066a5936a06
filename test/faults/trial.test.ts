import { FaultCluster } from '../support/fault-cluster';

it('trial', async () => {
  const t: number[] = [Date.now()];
  const cluster = await FaultCluster.make();
  t.push(Date.now());
  const database = await cluster.database();
  t.push(Date.now());
  const backup = await cluster.backUp(database);
  t.push(Date.now());
  await cluster.restore(backup.backupId, 'copy');
  t.push(Date.now());
  expect(await cluster.leftovers()).toEqual([]);
  expect(await cluster.backupStates(database)).toEqual(['committed']);
  t.push(Date.now());
  await cluster.stop();
  t.push(Date.now());
  console.log(t.slice(1).map((at, i) => at - (t[i] ?? 0)));
});
it('trial 2', async () => {
  const t: number[] = [Date.now()];
  const cluster = await FaultCluster.make({ apart: ['control-worker'], dialect: '2.6' });
  t.push(Date.now());
  const database = await cluster.database();
  t.push(Date.now());
  const handle = await cluster.start('backUpDatabase', { database });
  await cluster.kill('control-worker');
  await handle.result();
  t.push(Date.now());
  await cluster.stop();
  t.push(Date.now());
  console.log(t.slice(1).map((at, i) => at - (t[i] ?? 0)));
});
