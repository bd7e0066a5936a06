import { pauseSplitting } from '../../src/activities/control/snapshot/pause-splitting';
import type { ControlDependencies } from '../../src/activities/control/dependencies';
import { disableTabletSplitting } from '../../src/yugabyte';

jest.mock('@temporalio/activity', () => ({
  ...jest.requireActual<object>('@temporalio/activity'),
  cancellationSignal: () => new AbortController().signal,
}));

it('23.4: tablet splitting is paused for at most two minutes, by a lease that expires on its own', async () => {
  const asked: { command: unknown; input: { leaseMs?: number } }[] = [];
  const yugabyte = () => ({
    capabilities: async () => await Promise.resolve({ leasesTabletSplitting: true }),
    run: async (command: unknown, input: { leaseMs?: number }) => {
      asked.push({ command, input });
      return await Promise.resolve({ complete: true });
    },
  });
  const dependencies = { yugabyte, timing: { pollInterval: 1 } } as unknown as ControlDependencies;
  expect(await pauseSplitting(dependencies)).toEqual([]);
  const leases = asked.filter(({ command }) => command === disableTabletSplitting);
  expect(leases).toEqual([{ command: disableTabletSplitting, input: { leaseMs: 120_000, feature: 'kalpa' } }]);
});
