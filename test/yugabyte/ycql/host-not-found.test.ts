import dns from 'node:dns/promises';
import { CqlConnection } from '../../../src/yugabyte/ycql/session/cql-connection';

/** A resolver that does not answer, as when its server is cut off. */
beforeEach(() => {
  jest.spyOn(dns, 'lookup').mockImplementation(async () => await new Promise<never>(() => undefined));
});
afterEach(() => {
  jest.restoreAllMocks();
});

const ask = async (signal?: AbortSignal) => {
  const connection = new CqlConnection({ host: 'db.example', port: 9042 }, 50);
  return await connection.use('look', async () => await Promise.resolve(), signal ? { signal } : {});
};

it('23.8: a host whose name does not resolve is given up in time, and tried again later', async () => {
  await expect(ask()).rejects.toMatchObject({
    kind: 'CqlFailed',
    transient: true,
    outcome: 'refused',
    message: expect.stringContaining('the address of db.example was not found within 0.05 s') as string,
  });
});

it('23.8: who waits for it can be cancelled', async () => {
  const caller = new AbortController();
  const asking = ask(caller.signal);
  caller.abort();
  await expect(asking).rejects.toMatchObject({
    kind: 'CqlFailed',
    message: expect.stringContaining('cancelled') as string,
  });
});
