import { inspect } from 'node:util';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { Context } from '@temporalio/activity';
import { heartbeatInterceptor, asActivityFailure } from '../../src/activities/heartbeat-interceptor';
import { RepositoryError } from '../../src/repository';
import { StoreError } from '../../src/transfer';
import { makingByCommand } from '../../src/activities/made-nothing';
import {
  HttpFailed,
  SqlFailed,
  ToolFailed,
  ToolMissing,
  UnexpectedOutput,
  UnknownVersion,
  YcqlNotConfigured,
} from '../../src/yugabyte';

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
    const inbound = heartbeatInterceptor({ ...context(), heartbeat: () => undefined } as unknown as Context).inbound
      ?.execute;
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

describe('16, 20: what is final', () => {
  const sql = (code: string) => new SqlFailed('read the catalog version', 'shop', code, 'no', false, 'refused');
  const tool = (reason: string, more: object = {}) =>
    new ToolFailed({
      ...{ tool: 'yb-admin', command: 'create_database_snapshot', exitCode: 1, stderrTail: '' },
      ...{ reason, outcome: 'refused', transient: false, final: true, ...more },
    });

  it.each([
    ['a database that was dropped', sql('3D000'), 'NotFound', true],
    ['a database that was dropped under the connection', sql('57P04'), 'NotFound', true],
    ['a right that was taken away', sql('42501'), 'ToolFailed', true],
    ['a wrong password', sql('28P01'), 'ToolFailed', true],
    ['a table that may be read by other names next time', sql('42P01'), 'ToolFailed', false],
    ['a namespace that is gone', tool('Namespace shop of type ysql not found'), 'NotFound', true],
    ['the same by the number of the master', tool('no', { masterError: 11 }), 'NotFound', true],
    ['a release without the operation', tool('Invalid operation'), 'ToolFailed', true],
    ['a master without a leader', tool('no leader', { final: false, transient: true }), 'ToolFailed', false],
    ['a page that is not for us', new HttpFailed('http://m', 403, 'it answered 403', false), 'ToolFailed', true],
    ['YCQL that is not configured', new YcqlNotConfigured(), 'PreflightFailed', true],
    ['a request that the store does not take', store('invalid'), 'StoreUnavailable', true],
    ['an object that is another one now', store('changed'), 'ChecksumMismatch', true],
  ])('16: %s', (_, error, type, final) => {
    expect(asActivityFailure(error, context())).toMatchObject({ type, nonRetryable: final });
  });

  it('16: no refusal of an undo is final: someone may grant the privilege again', () => {
    const undoing = { ...context(), info: { attempt: 1, activityType: 'undo' } } as Parameters<
      typeof asActivityFailure
    >[1];
    expect(asActivityFailure(sql('42501'), undoing)).toMatchObject({ type: 'ToolFailed', nonRetryable: false });
  });

  const failing = async (work: Parameters<typeof makingByCommand>[0], attempt = 1): Promise<unknown> =>
    asActivityFailure(await makingByCommand(work, attempt).catch((error: unknown) => error), context(attempt));
  const refused = () => tool('Namespace shop of type ysql not found');
  const lost = tool('no answer', { outcome: 'unknown', transient: true });

  it('16: the failure of a refused command says that nothing was made, so there is nothing to undo', async () => {
    expect(await failing(async (command) => await command(() => Promise.reject(refused())))).toMatchObject({
      type: 'NotFound',
      details: [{ madeNothing: true }],
    });
    expect(await failing(() => Promise.reject(sql('3D000')))).toMatchObject({ details: [{ madeNothing: true }] });
  });

  it('16: a temporarily refused command is not retried by the server: the workflow retries it, with no undo noted meanwhile', async () => {
    const forNow = tool('no leader', { final: false, transient: true });
    expect(await failing(async (command) => await command(() => Promise.reject(forNow)))).toMatchObject({
      ...{ type: 'ToolFailed', nonRetryable: true },
      details: [{ madeNothing: true, again: true }],
    });
    expect(await failing(async (command) => await command(() => Promise.reject(refused())))).toMatchObject({
      details: [{ madeNothing: true }],
    });
    // A bug before any command, and a lock that is gone.
    expect(await failing(() => Promise.reject(new TypeError('x')))).toMatchObject({ details: [{ again: true }] });
    const gone = ApplicationFailure.create({ type: 'DatabaseBusy', message: 'the lock is gone' });
    expect((await failing(() => Promise.reject(gone))) as ApplicationFailure).toMatchObject({
      details: [{ madeNothing: true }],
    });
  });

  it('16: a refusal proves nothing for a command of several steps or after a success; a refusal by the store does', async () => {
    const said = async (failure: unknown) => ((await failure) as ApplicationFailure).details ?? [];
    const inSteps = failing(async (command) => await command(() => Promise.reject(refused()), 'inSteps'));
    expect(await said(inSteps)).toEqual([]);
    const later = failing(async (command) => {
      await command(() => Promise.resolve());
      return await command(() => Promise.reject(refused()));
    });
    expect(await said(later)).toEqual([]);
    const denied = failing(async (command) => await command(() => Promise.reject(store('denied'))));
    expect(await said(denied)).toEqual([{ madeNothing: true }]);
    const away = failing(async (command) => await command(() => Promise.reject(store('unavailable'))));
    expect(await said(away)).toEqual([]);
  });

  it('16: a cancellation before any command says that nothing was made', async () => {
    const controller = new AbortController();
    controller.abort(new CancelledFailure('CANCELLED'));
    const cancelled = async (work: Parameters<typeof makingByCommand>[0]): Promise<unknown> =>
      asActivityFailure(await makingByCommand(work, 1).catch((error: unknown) => error), context(1, controller.signal));
    expect(await cancelled(() => Promise.reject(new CancelledFailure('CANCELLED')))).toMatchObject({
      ...{ name: 'CancelledFailure', details: [{ madeNothing: true }] },
    });
    const killed = tool('stopped', { cancelled: true, outcome: 'unknown' });
    expect(await cancelled(async (command) => await command(() => Promise.reject(killed)))).toMatchObject({
      ...{ name: 'CancelledFailure', details: [] },
    });
  });

  it('16: the failure says no such thing after a lost reply or an earlier attempt', async () => {
    const said = async (failure: unknown) => ((await failure) as ApplicationFailure).details ?? [];
    expect(await said(failing(async (command) => await command(() => Promise.reject(lost))))).toEqual([]);
    expect(await said(failing(async (command) => await command(() => Promise.reject(refused())), 2))).toEqual([]);
    const twice = failing(async (command) => {
      await command(() => Promise.reject(lost)).catch(() => undefined);
      return await command(() => Promise.reject(refused()));
    });
    expect(await said(twice)).toEqual([]);
  });
});
