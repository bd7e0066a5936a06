import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure, defaultPayloadConverter, type ProtoFailure } from '@temporalio/common';
import { heartbeatInterceptor } from '../../src/activities/heartbeat-interceptor';
import { boundError } from '../../src/redaction';
import { failureConverter } from '../../src/worker/failure-converter';
import { openStore } from '../../src/transfer';
import { listAllMasters, openYugabyte } from '../../src/yugabyte';
import { FakeTools } from '../yugabyte/fake-tools';
import { openPostgresCluster } from '../yugabyte/ysql/postgres-cluster';

const MEGABYTE = 1024 * 1024;
/** What Temporal keeps of a failure without a warning. */
const MAX_BYTES = 384 * 1024;
const HUGE = 50 * MEGABYTE;

const sent = (error: unknown): ProtoFailure => failureConverter.errorToFailure(error, defaultPayloadConverter);
/** Of what is sent: texts and details, of causes too. */
const bytesOf = ({ message, stackTrace, cause, applicationFailureInfo, canceledFailureInfo }: ProtoFailure): number =>
  Buffer.byteLength(message ?? '') +
  Buffer.byteLength(stackTrace ?? '') +
  [...(applicationFailureInfo?.details?.payloads ?? []), ...(canceledFailureInfo?.details?.payloads ?? [])].reduce(
    (sum, { data }) => sum + (data?.length ?? 0),
    0,
  ) +
  (cause ? bytesOf(cause) : 0);

/** Fails an activity with that, as a worker does. */
async function failedActivity(work: () => Promise<unknown>): Promise<unknown> {
  const { signal } = new AbortController();
  const context = {
    info: { attempt: 1, isLocal: true, activityType: 'x' },
    cancellationSignal: signal,
  } as unknown as Context;
  const { inbound } = heartbeatInterceptor(context);
  return await inbound?.execute?.({ args: [], headers: {} }, work).then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function expectBounded(work: () => Promise<unknown>, says?: RegExp): Promise<ProtoFailure> {
  const began = Date.now();
  const failure = sent(await failedActivity(work));
  expect(bytesOf(failure)).toBeLessThan(MAX_BYTES);
  expect(Date.now() - began).toBeLessThan(20_000);
  if (says) expect(failure.message).toMatch(says);
  return failure;
}

function nested(depth: number, message: string): Error {
  let error = new Error(message);
  for (let i = 0; i < depth; i += 1) error = new Error(`${i} ${message}`, { cause: error });
  return error;
}

function circle(): Error {
  const [one, other] = [new Error('one'), new Error('other')];
  one.cause = other;
  other.cause = one;
  return one;
}

describe('23.9: whatever is thrown fits a message:', () => {
  it.each<[string, () => unknown, RegExp?]>([
    ['a message', () => new Error(`refused: ${'x'.repeat(HUGE)}`), /^refused: x+… \(\d+ more characters\)$/],
    ['a message of blanks', () => new Error(` ${' '.repeat(HUGE)}at`)],
    ['a message of lines', () => new Error('    at a (b.js:1:1)\n'.repeat(HUGE / 20))],
    ['a message of names of secrets', () => new Error('password='.repeat(HUGE / 9))],
    ['causes', () => nested(1_000, 'y'.repeat(10_000))],
    ['a cause that is its own', circle],
    ['a cause that is text', () => new Error('x', { cause: 'z'.repeat(HUGE) })],
    [
      'details',
      () => ApplicationFailure.create({ type: 'ToolFailed', message: 'm', details: [{ text: 'd'.repeat(HUGE) }] }),
    ],
    [
      'many details',
      () =>
        ApplicationFailure.create({
          type: 'ToolFailed',
          message: 'm',
          details: Array.from({ length: 1e5 }, (_, i) => ({ [`k${i}`]: 'v'.repeat(500) })),
        }),
    ],
    ['details of a cancellation', () => new CancelledFailure('CANCELLED', [{ text: 'd'.repeat(HUGE) }])],
    ['half a character', () => new Error(`${'😀'.repeat(16_000)}`)],
    ['text', () => 'x'.repeat(HUGE)],
    ['an object', () => ({ text: 'x'.repeat(HUGE) })],
  ])('%s', async (...[, made, says]) => {
    const failure = await expectBounded(async () => await Promise.reject(made()), says);
    expect(failure.message ?? '').not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/);
    let depth = 0;
    for (let one = failure.cause; one; one = one.cause) depth += 1;
    expect(depth).toBeLessThanOrEqual(6);
  });

  it('one that came from elsewhere and continues', () => {
    const failure: ProtoFailure = {
      message: 'm'.repeat(HUGE),
      stackTrace: 's'.repeat(HUGE),
      applicationFailureInfo: { type: 'X' },
    };
    failure.cause = { message: 'c'.repeat(HUGE), cause: { message: 'd'.repeat(HUGE) } };
    expect(bytesOf(sent(failureConverter.failureToError(failure, defaultPayloadConverter)))).toBeLessThan(MAX_BYTES);
  });

  it('what is short stays what it is', () => {
    const details = [{ a: [1, { b: 'c' }], when: null }, { sha256: 'f'.repeat(64) }];
    const error = ApplicationFailure.create({ type: 'ContentRefused', message: 'short', details, nonRetryable: true });
    expect(boundError(error).details).toBe(error.details);
    const back = failureConverter.failureToError(sent(error), defaultPayloadConverter);
    expect(back).toMatchObject({ type: 'ContentRefused', message: 'short', details, nonRetryable: true });
  });
});

describe('23.9: errors of many megabytes', () => {
  it('of a tool', async () => {
    const tools = new FakeTools();
    tools.write(
      'yb-admin',
      `[ "$1" = --version ] && echo 'version 2025.1.1.0 build 1' && exit\nhead -c ${HUGE} /dev/zero | tr '\\0' x >&2\nexit 1`,
    );
    try {
      const yugabyte = openYugabyte(tools.config());
      await expectBounded(async () => await yugabyte.run(listAllMasters, {}), /yb-admin/);
    } finally {
      tools.remove();
    }
  });

  it('of a server', async () => {
    const cluster = await openPostgresCluster();
    try {
      await cluster.sql(
        'yugabyte',
        `CREATE FUNCTION fails() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '%', repeat('x', ${HUGE}); END $$`,
      );
      await cluster.sql('yugabyte', 'CREATE TABLE t (a int DEFAULT public.fails(), b int)');
      async function* script() {
        yield await Promise.resolve(Buffer.from('COPY public.t (b) FROM stdin;\n1\n\\.\n'));
      }
      await expectBounded(
        async () => await cluster.yugabyte.runScript({ script: script(), content: 'rows', database: 'yugabyte' }),
        /line 1: x+/,
      );
    } finally {
      await cluster.stop();
    }
  });

  it('of a store', async () => {
    const server: Server = createServer((request, response) => {
      request.resume();
      response.writeHead(403, { 'content-type': 'application/xml' });
      response.end(`<Error><Code>AccessDenied</Code><Message>${'x'.repeat(HUGE / 10)}</Message></Error>`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const store = openStore({
      bucket: 'b',
      prefix: 'p',
      region: 'r',
      endpoint: `http://127.0.0.1:${port}`,
      forcePathStyle: true,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    try {
      await expectBounded(async () => await store.read('k'));
    } finally {
      store.close();
      server.close();
    }
  });
});
