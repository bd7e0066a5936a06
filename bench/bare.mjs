// The least that Node can do: `node:http` and SHA-256, eight requests at a time, nothing retried, resumed, limited,
// placed or synced. Uploads: 16 MiB parts (no multipart upload around them), one request for each small file.
// Downloads: each file in one request, hashed as it arrives.
import { createHash, createHmac } from 'node:crypto';
import { closeSync, createWriteStream, mkdirSync, openSync, readSync, readdirSync, statSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { dirname, join } from 'node:path';
import { measured } from './client.mjs';

const PART = 16 * 1024 * 1024;
const CONCURRENCY = { big: 8, small: 32 };

await measured(async ({ direction, s3, source, target, objects }) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const { hostname, port, host } = new URL(s3.endpoint);
  const send = (method, key, body) =>
    new Promise((resolve, reject) => {
      const path = `/${s3.bucket}/${key}`;
      const headers = { ...signed(s3, method, path, host), 'content-length': body?.length ?? 0 };
      const sent = request({ hostname, port, method, path, headers, agent }, resolve);
      sent.once('error', reject);
      sent.end(body);
    });
  const put = async (key, body) => {
    const answer = await send('PUT', key, body);
    answer.resume();
    await new Promise((ended) => answer.once('end', ended));
    if (answer.statusCode !== 200) throw new Error(`PUT ${key}: ${answer.statusCode}`);
  };
  const up = async () => {
    const names = readdirSync(source).map((name) => ({ name, size: statSync(join(source, name)).size }));
    const small = names[0].size < PART;
    const free = Array.from({ length: small ? CONCURRENCY.small : CONCURRENCY.big }, () =>
      Buffer.allocUnsafeSlow(small ? names[0].size : PART),
    );
    const running = new Set();
    const pieces = function* () {
      for (const { name, size } of names) {
        const fd = openSync(join(source, name));
        const hash = createHash('sha256');
        for (let offset = 0; offset < size; offset += PART)
          yield { fd, hash, offset, key: `bare/${name}-${offset}`, length: Math.min(PART, size - offset) };
        hash.digest('hex');
        closeSync(fd);
      }
    };
    for (const { fd, hash, offset, key, length } of pieces()) {
      if (free.length === 0) await Promise.race(running);
      const buffer = free.pop();
      const body = buffer.subarray(0, length);
      readSync(fd, body, 0, length, offset);
      hash.update(body);
      const one = put(key, body).finally(() => {
        running.delete(one);
        free.push(buffer);
      });
      running.add(one);
      await new Promise(setImmediate);
    }
    await Promise.all(running);
  };
  const down = async () => {
    let next = 0;
    const lane = async () => {
      for (let object = objects[next++]; object; object = objects[next++]) {
        const answer = await send('GET', object);
        if (answer.statusCode !== 200) throw new Error(`GET ${object}: ${answer.statusCode}`);
        const path = join(target, object);
        mkdirSync(dirname(path), { recursive: true });
        const hash = createHash('sha256');
        const file = createWriteStream(path, { highWaterMark: 1 << 20 });
        answer.on('data', (chunk) => hash.update(chunk));
        answer.pipe(file);
        await new Promise((done, failed) => file.once('finish', done).once('error', failed));
        hash.digest('hex');
      }
    };
    await Promise.all(Array.from({ length: objects.length > 100 ? CONCURRENCY.small : CONCURRENCY.big }, lane));
  };
  return async () => {
    await (direction === 'up' ? up() : down());
    agent.destroy();
  };
});

/** Signature version 4 over the minimum that it requires; the body is not signed. */
function signed({ credentials, region }, method, path, host) {
  const time = new Date().toISOString().replace(/[:-]|\.\d+/g, '');
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const headers = { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', 'x-amz-date': time };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = [method, path, '', lines.join(''), names, 'UNSIGNED-PAYLOAD'].join('\n');
  const text = ['AWS4-HMAC-SHA256', time, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  const hmac = (key, value) => createHmac('sha256', key).update(value).digest();
  const key = [time.slice(0, 8), region, 's3', 'aws4_request'].reduce(hmac, `AWS4${credentials.secretAccessKey}`);
  const signature = createHmac('sha256', key).update(text).digest('hex');
  const authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, authorization };
}
