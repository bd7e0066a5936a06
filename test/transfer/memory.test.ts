import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, open } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '../suites/temporary-folder';

const MIB = 1024 * 1024;
const built = resolve(__dirname, '../../dist/src/transfer/index.js');
/** `npm run test:full` takes the whole size; `npm test` a small one, with less of a heap. */
const FULL = process.env['KALPA_TEST_FULL'] === '1';
const [BYTES, HEAP_MIB] = FULL ? [1024 * MIB, 256] : [24 * MIB, 64];
const FILES = 8;

/** Eight files up and down again, in a process of its own; prints the most memory that it held, in MiB. */
const PROGRAM = `
const { createTransferEngine, listFiles, openStore, TransferLimits } = require(${JSON.stringify(built)});
const { directory, target, config, sha256 } = JSON.parse(process.argv[1]);
(async () => {
  const store = openStore(config);
  const engine = createTransferEngine();
  const limits = new TransferLimits();
  const keys = { data: (path) => 'data/' + path, pack: (n) => 'packs/' + n };
  const files = await engine.uploadReplica({ store, directory, files: await listFiles(directory), keys, limits });
  for (const file of files) if (file.sha256 !== sha256) throw new Error(file.path + ' has another hash: ' + file.sha256);
  await engine.downloadFiles({ store, files, into: target, limits });
  store.close();
  const status = require('node:fs').existsSync('/proc/self/status') ? require('node:fs').readFileSync('/proc/self/status', 'utf8') : '';
  console.log(Number(/VmHWM:\\s+(\\d+)/.exec(status)?.[1] ?? process.resourceUsage().maxRSS) / 1024);
})();
`;

it(`copies ${FILES} × ${BYTES / MIB} MiB up and down within a heap of ${HEAP_MIB} MiB and 256 MiB in all, and ends by itself`, async () => {
  if (!existsSync(built)) throw new Error(`${built} is missing: run \`npm run build\` first.`);
  const folder = await temporaryFolder();
  // A store that keeps nothing: every file is the same few bytes over and over, and so is what it gives back.
  const block = randomBytes(MIB);
  const server = createServer((request, response) => {
    const range = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '');
    const etag = { etag: '"e"' };
    request.resume().on('end', () => {
      if (range) {
        const [first, last] = [Number(range[1]), Number(range[2])];
        response.writeHead(206, { ...etag, 'content-length': last - first + 1 });
        for (let at = first; at <= last; at += MIB) response.write(block.subarray(0, Math.min(MIB, last + 1 - at)));
        response.end();
      } else if (request.method === 'POST' && request.url?.includes('uploads') === true)
        response.end('<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>');
      else if (request.method === 'POST')
        response.end('<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>');
      else response.writeHead(200, etag).end();
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  try {
    const directory = join(folder.path, 'source');
    await mkdir(directory);
    const hash = createHash('sha256');
    for (let at = 0; at < BYTES; at += MIB) hash.update(block);
    const first = join(directory, '0.sst');
    const file = await open(first, 'w');
    for (let at = 0; at < BYTES; at += MIB) await file.write(block);
    await file.close();
    for (let n = 1; n < FILES; n += 1) await link(first, join(directory, `${n}.sst`));
    const config = {
      ...{ bucket: 'b', prefix: '', region: 'us-east-1', forcePathStyle: true },
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    };
    const job = { directory, target: join(folder.path, 'target'), config, sha256: hash.digest('hex') };
    const { stdout } = await promisify(execFile)(process.execPath, [
      `--max-old-space-size=${HEAP_MIB}`,
      ...['-e', PROGRAM, JSON.stringify(job)],
    ]);
    expect(Number(stdout)).toBeGreaterThan(0);
    expect(Number(stdout)).toBeLessThanOrEqual(256);
  } finally {
    server.close();
    await folder.remove();
  }
});
