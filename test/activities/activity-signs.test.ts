import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { asActivityFailure } from '../../src/activities/activity-signs';
import { RepositoryError } from '../../src/repository';
import { StoreError } from '../../src/transfer';
import { ToolMissing, UnknownVersion } from '../../src/yugabyte';

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

  it('is a cancellation when the activity was cancelled, whatever broke on the way', () => {
    const controller = new AbortController();
    controller.abort(new CancelledFailure('CANCELLED'));
    expect(asActivityFailure(new Error('aborted'), context(1, controller.signal))).toBeInstanceOf(CancelledFailure);
  });
});
