import { inspect } from 'node:util';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { Context } from '@temporalio/activity';
import { activitySigns, asActivityFailure } from '../../src/activities/activity-signs';
import { RepositoryError } from '../../src/repository';
import { StoreError } from '../../src/transfer';
import { HttpFailed, SqlFailed, ToolMissing, UnexpectedOutput, UnknownVersion } from '../../src/yugabyte';

const context = (attempt = 1, signal = new AbortController().signal) =>
  ({ cancellationSignal: signal, info: { attempt } }) as Parameters<typeof asActivityFailure>[1];
const store = (kind: ConstructorParameters<typeof StoreError>[1]['kind']) =>
  new StoreError('the store said so', { kind, operation: 'PutObject', key: 'k' });

describe('what an activity fails with', () => {
  it.each([
    [store('unavailable'), 'StoreUnavailable', false],
    [store('throttled'), 'StoreUnavailable', false],
    [store('denied'), 'StoreUnavailable', true],
    [store('missing'), 'NotFound', true],
    [store('checksum'), 'ChecksumMismatch', true],
    [new RepositoryError('ManifestInvalid', 'damaged'), 'ManifestInvalid', true],
    [new UnknownVersion('yb-admin', 'version 1.0', 'it is older than 2.6'), 'IncompatibleVersion', true],
    [new ToolMissing('yb-admin', '/nowhere/yb-admin', 'ENOENT'), 'PreflightFailed', true],
  ])('%s becomes %s', (error, type, final) => {
    expect(asActivityFailure(error, context())).toMatchObject({ type, nonRetryable: final, message: error.message });
  });

  it('is a bug that is tried five times, not for ever', () => {
    const bug = new TypeError('x is not a function');
    expect(asActivityFailure(bug, context(1))).toMatchObject({ type: 'TypeError', nonRetryable: false });
    expect(asActivityFailure(bug, context(5))).toMatchObject({ type: 'TypeError', nonRetryable: true });
  });

  it('stays what it is when it is a failure of the contract already', () => {
    const failure = ApplicationFailure.create({ type: 'NotFound', message: 'no' });
    expect(asActivityFailure(failure, context())).toBe(failure);
  });

  it.each([
    new Error("CREATE ROLE a PASSWORD 'hunter2'"),
    new SqlFailed('connect', 'd', undefined, 'password=hunter2', false, 'refused'),
    new HttpFailed('http://a:hunter2@h/varz', 500, 'at http://a:hunter2@h', true),
    new UnexpectedOutput('version', `"password": "hunter2"`),
    new UnknownVersion('yb-admin', 'password=hunter2', 'password=hunter2'),
    new StoreError('GET https://h/k?X-Amz-Signature=hunter2', { kind: 'denied', operation: 'Get', key: 'k' }),
    new RepositoryError('ManifestInvalid', `Unexpected token 'h', "hunter2" is not valid JSON`),
    ApplicationFailure.create({
      type: 'RestoreFailed',
      message: "OPTIONS (password 'hunter2')",
      details: [{ message: "OPTIONS (password 'hunter2')" }],
      cause: new Error("OPTIONS (password 'hunter2')"),
    }),
  ])('22.7: shows no secret in message, stack, details or causes: %s', async (error) => {
    const inbound = activitySigns({ ...context(), heartbeat: () => undefined } as unknown as Context).inbound?.execute;
    const failing = inbound?.({ args: [], headers: {} }, () => Promise.reject(error));
    const thrown = await Promise.resolve(failing).catch((caught: unknown) => caught);
    expect(thrown).toBeInstanceOf(ApplicationFailure);
    expect(inspect(thrown, { depth: 9 })).toContain('[redacted]');
    expect(inspect(thrown, { depth: 9 })).not.toContain('hunter2');
  });

  it('is a cancellation when the activity was cancelled, whatever broke on the way', () => {
    const controller = new AbortController();
    controller.abort(new CancelledFailure('CANCELLED'));
    expect(asActivityFailure(new Error('aborted'), context(1, controller.signal))).toBeInstanceOf(CancelledFailure);
  });
});
