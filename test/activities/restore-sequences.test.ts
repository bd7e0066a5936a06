import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { makeRestoreSequences } from '../../src/activities/control/restore/restore-sequences';
import type { ControlDependencies } from '../../src/activities/control/dependencies';
import type { SequenceState } from '../../src/yugabyte';
import { artefactOf } from '../../src/activities/control/lookup/backup-store';

jest.mock('../../src/activities/control/lookup/backup-store', () => ({
  headerOf: async () => await Promise.resolve({}),
  artefactOf: jest.fn(),
}));
jest.mock('../../src/activities/control/lock/guardian-state', () => ({
  confirmGuardians: async () => await Promise.resolve(),
}));

const state = (name: string, lastValue: string, isCalled = true): SequenceState => ({
  ...{ schema: 'public', name, lastValue, isCalled, increment: '1' },
});

/** The activity over a database that says this of its sequences once they are set. */
async function restored(recorded: SequenceState[], found: SequenceState[], outOfBounds: object[] = []) {
  const text = recorded.map((one) => `${JSON.stringify(one)}\n`).join('');
  jest.mocked(artefactOf).mockResolvedValue(Buffer.from(text));
  const dependencies = {
    yugabyte: () => ({
      sql: {
        setSequences: async () => await Promise.resolve({ outOfBounds }),
        readSequences: async () => await Promise.resolve(found),
      },
    }),
  } as unknown as ControlDependencies;
  const context = { cancellationSignal: new AbortController().signal, heartbeat: () => undefined, info: {} };
  return await asyncLocalStorage.run(
    context as unknown as Context,
    async () =>
      await makeRestoreSequences(dependencies)({
        ...{ guarded: [] as never, backup: { backupId: 'orders-1' } as never, scratchName: 'kalpa_000000000000' },
      }),
  );
}

describe('22.4: sequences that are read again after they were set', () => {
  it('equal the recorded values: nothing is reported', async () => {
    const recorded = [state('a', '7'), state('b', '1', false)];
    expect(await restored(recorded, [...recorded].reverse())).toEqual({ sequences: 2, warnings: [] });
  });

  it.each([
    ['another value', state('b', '8')],
    ['another flag', state('b', '7', false)],
    ['none at all', undefined],
  ])('%s ends the restore, and says which', async (_, now) => {
    const found = [state('a', '7'), ...(now ? [now] : [])];
    await expect(restored([state('a', '7'), state('b', '7')], found)).rejects.toMatchObject({
      type: 'RestoreFailed',
      nonRetryable: true,
      message: expect.stringMatching(
        /^1 sequences do not have the values that orders-1 recorded \(first: public\.b\), although they were set/,
      ) as string,
    });
  });

  it("a value outside of its sequence's bounds is a warning, for this sequence alone", async () => {
    const beyond = { ...state('b', '99'), set: { lastValue: '50', isCalled: true } };
    const recorded = [state('a', '7'), state('b', '99')];
    const { warnings } = await restored(recorded, [state('a', '7'), state('b', '50')], [beyond]);
    expect(warnings).toEqual([expect.stringContaining('public.b was recorded at 99, outside its own bounds')]);
    await expect(restored(recorded, [state('a', '8'), state('b', '50')], [beyond])).rejects.toThrow(/first: public\.a/);
  });
});
