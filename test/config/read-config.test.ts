import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isConfigurationError, parseConfig, readConfig } from '../../src/config';

const SMALLEST = `
cluster: orders-prod
masters: [yb-1.internal:7100]
ysql: { host: yb-1.internal }
repository: { url: 's3://company-backups/yugabyte' }
`;

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (isConfigurationError(error)) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a kalpa.yaml', () => {
  it('needs four keys, the rest has defaults', () => {
    const config = parseConfig(SMALLEST, 'kalpa.yaml');
    expect(config.ysql).toEqual({
      host: 'yb-1.internal',
      port: 5433,
      user: 'yugabyte',
      database: 'yugabyte',
      confineLoads: true,
    });
    expect(config.http).toEqual({ tserverPort: 9000 });
    expect(config.timing.heartbeatTimeout).toBe('20s');
    expect(config.repository.region).toBe('us-east-1');
  });

  it.each([
    ['url: s3://b/../a', /repository\.url is wrong, .*no empty part and no "\." or "\.\."/],
    ['url: s3://b/a/..', /repository\.url is wrong, .*"\.\."/],
    ['url: s3://b/a/./c', /repository\.url is wrong, .*"\."/],
    ['url: s3://b/a//c', /repository\.url is wrong, .*no empty part/],
    ['url: s3://b//a', /repository\.url is wrong, .*no empty part/],
    ['url: "s3://b/a b"', /repository\.url is wrong, .*without spaces/],
    ['url: "s3://b/a?x=y"', /repository\.url is wrong, .*without spaces/],
    ['url: "s3://b/%2e%2e"', /repository\.url is wrong, .*%/],
    ['url: s3://AKIA:hunter2@b/a', /repository\.url is wrong, .*no keys/],
    ['url: https://b/a', /repository\.url is wrong, it must be s3:\/\//],
    ['url: s3://b, endpoint: https://s3.example.com/b', /repository\.endpoint is wrong, .*without a path/],
    ['url: s3://b, endpoint: "https://s3.example.com?x=y"', /repository\.endpoint is wrong, .*without a path/],
    ['url: s3://b, endpoint: https://k:hunter2@s3.example.com', /repository\.endpoint is wrong, .*without keys/],
    ['url: s3://b, endpoint: s3.example.com', /repository\.endpoint is wrong, it must be an address/],
  ])('22.12: with repository { %s } is refused, and the message names the field', (repository, message) => {
    const text = SMALLEST.replace(/repository: .*/, `repository: { ${repository} }`);
    expect(messageOf(() => parseConfig(text, 'kalpa.yaml'))).toMatch(message);
    expect(messageOf(() => parseConfig(text, 'kalpa.yaml'))).not.toContain('hunter2');
  });

  it.each(['s3://b', 's3://b/', 's3://company-backups/a/b..c/.d/', 's3://B_1.x/é'])(
    'takes the repository %s',
    (url) => {
      const text = SMALLEST.replace(
        /repository: .*/,
        `repository: { url: ${url}, endpoint: 'https://s3.example.com/' }`,
      );
      expect(parseConfig(text, 'kalpa.yaml').repository.url).toBe(url);
    },
  );

  it('22.7: that is no YAML is refused without its secrets', () => {
    const text = `${SMALLEST}ysql2: { password: hunter2, x: [ }\n`;
    expect(messageOf(() => parseConfig(text, 'kalpa.yaml'))).toMatch(/is not valid YAML/);
    expect(messageOf(() => parseConfig(text, 'kalpa.yaml'))).not.toContain('hunter2');
  });

  it('takes every key of the contract', () => {
    const config = parseConfig(
      `${SMALLEST.replace("repository: { url: 's3://company-backups/yugabyte' }", '')}
tools: /home/yugabyte/bin
ycql: { host: yb-1.internal, port: 9042, user: cassandra, passwordFile: /run/secrets/ycql, ssl: true }
http: { masters: ['yb-1.internal:7000'], tserverPort: 9000 }
tls: { certsDir: /home/yugabyte/certs, clientNode: yb-1.internal }
repository:
  url: s3://company-backups/yugabyte
  region: eu-west-1
  endpoint: http://127.0.0.1:8333
  forcePathStyle: true
  sse: { algorithm: 'aws:kms', keyId: abc }
  objectLock: { mode: governance, days: 30 }
node:
  address: yb-1.internal:9100
  http: yb-1.internal:9000
  dataDirs: [/mnt/d0, /mnt/d1]
  limits: { bytesPerSecond: 200MB, parallelism: 8 }
metrics: 127.0.0.1:9464
timing: { pollInterval: 100ms }
policies: { timeZone: Europe/Berlin, keep: { daily: 7 }, recoveryWindow: 3 days }
`,
      'kalpa.yaml',
    );
    expect(config.node?.limits).toEqual({ bytesPerSecond: 200_000_000, parallelism: 8 });
    expect(config.timing.pollInterval).toBe('100ms');
  });

  it('refuses a wrong key, names its line and the nearest right one', () => {
    expect(messageOf(() => parseConfig(`${SMALLEST}metrix: 127.0.0.1:9464\n`, 'kalpa.yaml'))).toBe(
      `kalpa.yaml can't be used: line 6: there is no key "metrix" (did you mean "metrics"?). ` +
        'Correct it and try again (every key: docs/reference/configuration.md).',
    );
  });

  it('finds the nearest key inside a group and inside one with defaults', () => {
    const message = messageOf(() =>
      parseConfig(
        SMALLEST.replace('host: yb-1.internal', 'host: yb-1.internal, paswordFile: x') +
          'timing: { hartbeatTimeout: 1s }\n',
        'f',
      ),
    );
    expect(message).toContain('line 4: there is no key "ysql.paswordFile" (did you mean "passwordFile"?)');
    expect(message).toContain('line 6: there is no key "timing.hartbeatTimeout" (did you mean "heartbeatTimeout"?)');
  });

  it('lists the keys where none is near', () => {
    expect(messageOf(() => parseConfig(`${SMALLEST}tls: { certsDir: /c, banana: 1 }\n`, 'f'))).toContain(
      'there is no key "tls.banana" (the keys there are certsDir, clientNode)',
    );
  });

  it('reports everything that is wrong at once', () => {
    const message = messageOf(() =>
      parseConfig('cluster: Orders\nmasters: yb-1\nysql: { host: h, port: 99999 }\n', 'f'),
    );
    expect(message).toContain('line 1: cluster is wrong, it must be a cluster name of a-z, 0-9 and -');
    expect(message).toContain('line 2: masters is wrong, it must be a list');
    expect(message).toContain('line 3: ysql.port is wrong, it must be a port from 1 to 65535');
    expect(message).toContain('repository is missing');
  });

  it('refuses broken YAML and an empty file in one sentence', () => {
    expect(messageOf(() => parseConfig('cluster: [', 'f'))).toContain('f is not valid YAML');
    expect(messageOf(() => parseConfig('', 'f'))).toContain('cluster is missing');
  });

  it.each([
    ['200MB', 200_000_000],
    ['1.5 GiB', 1_610_612_736],
    ['64KiB', 65_536],
    [1_000, 1_000],
    ['0', 0],
  ])('reads the size %s as %d bytes', (text, bytes) => {
    const node = `node: { address: 'h:9100', dataDirs: [/d], limits: { bytesPerSecond: ${text} } }\n`;
    expect(parseConfig(SMALLEST + node, 'f').node?.limits.bytesPerSecond).toBe(bytes);
  });

  it.each(['200 monkeys', '-1', 'MB'])('refuses the size %s', (text) => {
    const node = `node: { address: 'h:9100', dataDirs: [/d], limits: { bytesPerSecond: '${text}' } }\n`;
    expect(messageOf(() => parseConfig(SMALLEST + node, 'f'))).toContain(
      'node.limits.bytesPerSecond is wrong, it must be a size such as 200MB',
    );
  });
});

describe('readConfig', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kalpa-config-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('takes relative paths from the folder of the file', () => {
    const file = join(folder, 'kalpa.yaml');
    writeFileSync(
      file,
      SMALLEST.replace('host: yb-1.internal', 'host: h, passwordFile: secrets/ysql') + 'tools: bin\n',
    );
    const config = readConfig(file);
    expect(config.ysql.passwordFile).toBe(join(folder, 'secrets/ysql'));
    expect(config.tools).toBe(join(folder, 'bin'));
  });

  it('says that a file is not there', () => {
    expect(messageOf(() => readConfig(join(folder, 'none.yaml')))).toContain('there is no such file');
    expect(messageOf(() => readConfig(folder))).toContain('it is a folder');
  });
});
