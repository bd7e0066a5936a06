import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { choosePorts } from '../../stack/free-ports';
import { temporaryFolder } from '../suites/temporary-folder';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: Server | undefined;

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(async () => {
  if (server) await new Promise((resolve) => server?.close(resolve));
  server = undefined;
  await folder.remove();
});

/** Someone's port. */
async function takenPort(): Promise<number> {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

it('takes the preferred port when it is free', async () => {
  const free = await takenPort();
  await new Promise((resolve) => server?.close(resolve));
  server = undefined;
  expect(await choosePorts(join(folder.path, 'ports.json'), { ui: free })).toEqual({ ui: free });
});

it('takes another one when the preferred port is taken', async () => {
  const taken = await takenPort();
  const { ui } = await choosePorts(join(folder.path, 'ports.json'), { ui: taken });
  expect(ui).toBeGreaterThan(1024);
  expect(ui).not.toBe(taken);
});

it('keeps what was once chosen, so that links stay the same', async () => {
  const file = join(folder.path, 'ports.json');
  const first = await choosePorts(file, { ui: undefined, s3: undefined });
  expect(new Set(Object.values(first)).size).toBe(2);
  expect(await choosePorts(file, { ui: undefined, s3: undefined })).toEqual(first);
});
