import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fetchPage } from '../../../src/yugabyte/http/fetch-page';

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
});

async function serving(answer: (response: ServerResponse) => Promise<void>): Promise<string> {
  const made = createServer((_, response) => void answer(response));
  server = made;
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}/dump-entities`;
}

/** One piece after the other, each well within the time that a silence may last. */
async function trickle(response: ServerResponse, pieces: number): Promise<void> {
  for (let piece = 0; piece < pieces && !response.destroyed; piece += 1) {
    response.write('x'.repeat(1_000));
    await pause(50);
  }
}

describe('a page of a large cluster', () => {
  it('is waited for as long as pieces of it come, however short a silence may be', async () => {
    const url = await serving(async (response) => {
      await trickle(response, 60);
      response.end();
    });
    const page = await fetchPage(url, { timeoutMs: 2_000, wholeMs: 30_000 });
    expect(page).toHaveLength(60_000);
  });

  it('that takes a while to begin has its own time, apart from that of the connection', async () => {
    const url = await serving(async (response) => {
      await pause(2_500);
      response.end('{}');
    });
    expect(await fetchPage(url, { timeoutMs: 2_000, silentMs: 20_000, wholeMs: 30_000 })).toBe('{}');
  });

  it('that stops in the middle is given up, and may be asked for again', async () => {
    const url = await serving(async (response) => {
      await trickle(response, 2);
    });
    await expect(fetchPage(url, { timeoutMs: 300, wholeMs: 30_000 })).rejects.toMatchObject({
      message: expect.stringContaining('no answer within 0.3 s') as string,
      transient: true,
    });
  });

  it('that comes for ever is given up', async () => {
    const url = await serving(async (response) => {
      await trickle(response, Infinity);
    });
    await expect(fetchPage(url, { timeoutMs: 10_000, wholeMs: 400 })).rejects.toMatchObject({
      message: expect.stringContaining('it was not complete within 0.4 s') as string,
      transient: true,
    });
  });
});
