import type { ControlDependencies } from '../../src/activities/control/dependencies';
import { makeRecordBrokenOff } from '../../src/activities/control/lock/record-broken-off';
import { listOperations, writeOperation, type ClusterStore } from '../../src/repository';
import { ForgedBucket } from '../security/bucket/forger';
import { ours, AT, run, operation, OPERATION, clock, faulty } from '../security/bucket/record-kinds';

describe('21: the audit record of a run that was broken off', () => {
  const startTime = new Date(AT);
  const chain = { workflowId: run.workflowId, firstExecutionRunId: run.firstRunId };
  const input = { owner: chain, end: 'terminated' as const, database: 'ysql.orders', undone: ['u'], leftovers: ['l'] };
  const dependencies = (repository: ClusterStore, firstRunId = run.firstRunId): ControlDependencies =>
    ({
      config: { cluster: 'demo' },
      repository,
      client: {
        options: { namespace: 'default', loadedDataConverter: { payloadConverter: { fromPayload: () => ({ a: 1 }) } } },
        workflow: {
          getHandle: () => ({
            describe: async () =>
              await Promise.resolve({
                ...{ type: 'backUpDatabase', runId: 'last', startTime, closeTime: new Date(clock) },
                raw: { workflowExecutionInfo: { firstRunId } },
              }),
          }),
        },
        workflowService: {
          getWorkflowExecutionHistory: async ({ historyEventFilterType }: { historyEventFilterType?: number }) =>
            await Promise.resolve({
              history: {
                events: [
                  historyEventFilterType === undefined
                    ? { workflowExecutionStartedEventAttributes: { identity: 'alice@host', input: { payloads: [{}] } } }
                    : { workflowExecutionTerminatedEventAttributes: { identity: 'bob@host', reason: 'why not' } },
                ],
              },
            }),
        },
      },
    }) as unknown as ControlDependencies;
  const history = async (repository: ClusterStore) =>
    (await listOperations(repository, { since: new Date(0), newest: 9 })).operations;

  it('is written once, by two attempts and after a lost reply, and says who ended it', async () => {
    const bucket = new ForgedBucket();
    await makeRecordBrokenOff(dependencies(faulty(bucket, 'after', 1)))(input);
    await makeRecordBrokenOff(dependencies(bucket.repository(ours.owner)))(input);
    expect(await history(bucket.repository(ours.reader))).toMatchObject([
      {
        ...{ ...run, outcome: 'terminated', startedBy: 'alice@host', input: { a: 1 } },
        failure: { type: 'Terminated', message: 'Terminated by bob@host: why not.' },
        cleanedUp: { undone: ['u'], leftovers: ['l'] },
      },
    ]);
  });

  it('is not written while the store is unreachable, which the guardian learns, and is written by the next attempt', async () => {
    const bucket = new ForgedBucket();
    const away = makeRecordBrokenOff(dependencies(faulty(bucket, 'before', 99)));
    await expect(away(input)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(bucket.objects.size).toBe(0);
    await makeRecordBrokenOff(dependencies(bucket.repository(ours.owner)))(input);
    expect(await history(bucket.repository(ours.reader))).toHaveLength(1);
  });

  it('leaves the record that the run itself has written, and writes none of a run that Temporal does not know', async () => {
    const bucket = new ForgedBucket();
    const repository = bucket.repository(ours.owner);
    await makeRecordBrokenOff(dependencies(repository, 'another'))(input);
    expect(bucket.objects.size).toBe(0);
    await writeOperation(repository, operation);
    await makeRecordBrokenOff(dependencies(repository))(input);
    expect(await history(repository)).toMatchObject([{ outcome: 'complete' }]);
  });

  it('coexists with that of another run of the same second, and with a forged one', async () => {
    const bucket = new ForgedBucket();
    const repository = bucket.repository(ours.owner);
    await writeOperation(repository, { ...operation, firstRunId: 'a5c1d9f0-0000-4000-8000-000000000009' });
    await makeRecordBrokenOff(dependencies(repository))(input);
    expect((await history(repository)).map(({ outcome }) => outcome)).toEqual(['terminated', 'complete']);
    const forged = new ForgedBucket();
    forged.put(OPERATION.key, JSON.stringify(operation));
    await makeRecordBrokenOff(dependencies(forged.repository(ours.owner)))(input);
    expect((await history(forged.repository(ours.reader))).map(({ outcome }) => outcome)).toEqual(['terminated']);
  });
});
