import { parseConfig } from '../../src/config';
import { exposedConnections, warnOfExposedConnections } from '../../src/worker/exposed-connections';

const LOCAL = { address: 'localhost:7233', connectionOptions: { address: 'localhost:7233' } };
const AFAR = (more: object = {}) => ({
  address: 'temporal.internal:7233',
  connectionOptions: { address: 'temporal.internal:7233', ...more },
});
const configOf = (change: Record<string, unknown>) =>
  parseConfig(
    JSON.stringify({
      cluster: 'demo',
      masters: ['127.0.0.1:7100'],
      ysql: { host: 'localhost' },
      repository: { url: 's3://kalpa', endpoint: 'http://127.0.0.1:8333' },
      ...change,
    }),
    'kalpa.yaml',
  );
const found = (change: Record<string, unknown>, temporal: Parameters<typeof exposedConnections>[1] = LOCAL): string[] =>
  exposedConnections(configOf(change), temporal).map(({ area, status, message }) => `${status} ${area}: ${message}`);
const ysql = (more: object) => ({ ysql: { host: 'yb-1.internal', ...more } });
const ycql = (more: object) => ({ ycql: { host: 'yb-1.internal', ...more } });
const passwordFile = '/etc/kalpa/password';
const rootCert = '/etc/kalpa/ca.crt';

it('23.7: nothing is said of what stays on this machine', () => {
  for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '::1'])
    expect(found({ ysql: { host, passwordFile }, ycql: { host, passwordFile } })).toEqual([]);
});

it.each([
  ['no password and no proof', {}, 'warning YSQL: statements and rows go to whoever answers'],
  ['disable', { sslmode: 'disable', passwordFile }, 'problem YSQL: the password of ysql.passwordFile goes in clear'],
  ['prefer', { sslmode: 'prefer', passwordFile, rootCert }, 'problem YSQL: the password .* where it refuses TLS'],
  [
    'allow',
    { sslmode: 'allow', passwordFile },
    'problem YSQL: the password .* where it refuses TLS \\(sslmode allow\\)',
  ],
  [
    'require',
    { sslmode: 'require', passwordFile },
    'problem YSQL: .*require without ysql.rootCert encrypts and verifies nothing',
  ],
  [
    'require and an authority',
    { sslmode: 'require', passwordFile, rootCert },
    'warning YSQL: .*does not compare the name',
  ],
  ['verify-ca', { sslmode: 'verify-ca', passwordFile, rootCert }, 'warning YSQL: .*does not compare the name'],
])('23.7: YSQL elsewhere with %s is reported', (_, more, expected) => {
  expect(found(ysql(more))).toEqual([expect.stringMatching(new RegExp(`^${expected}`))]);
});

it('23.7: YSQL elsewhere that is verified is not reported, nor one that is never connected to', () => {
  expect(found(ysql({ passwordFile, rootCert }))).toEqual([]);
  expect(found(ysql({ sslmode: 'verify-full', rootCert }))).toEqual([]);
  expect(found(ysql({ passwordFile }))).toEqual([]); // its own check tells that
});

it('23.7: YCQL elsewhere', () => {
  expect(found(ycql({ ssl: false, user: 'u', passwordFile }))).toEqual([
    expect.stringMatching(/^problem YCQL: the password of ycql.passwordFile goes in clear/),
  ]);
  expect(found(ycql({}))).toEqual([expect.stringMatching(/^warning YCQL: statements and rows/)]);
  expect(found(ycql({ user: 'u', passwordFile, rootCert }))).toEqual([]);
});

it('23.7: masters and web pages elsewhere', () => {
  const masters = ['yb-1.internal:7100'];
  expect(found({ masters })).toEqual([
    expect.stringMatching(/^warning masters: yb-admin connects to them without TLS/),
    expect.stringMatching(/^warning web pages: they are read in clear/),
  ]);
  const tls = { certsDir: '/certs' };
  expect(found({ masters, tls })).toEqual([]);
  expect(found({ masters, tls, http: { tls: false } })).toEqual([
    expect.stringMatching(/^problem web pages: they are read in clear \(http.tls: false\)/),
  ]);
});

it('23.7: a store elsewhere that is spoken to in clear', () => {
  const at = (endpoint: string) => ({ repository: { url: 's3://kalpa', endpoint } });
  expect(found(at('http://s3.internal:9000'))).toEqual([
    expect.stringMatching(/^problem store: .*is used without TLS/),
  ]);
  expect(found(at('https://s3.internal'))).toEqual([]);
  expect(found({ repository: { url: 's3://kalpa' } })).toEqual([]);
});

it('23.7: Temporal elsewhere', () => {
  expect(found({}, AFAR())).toEqual([expect.stringMatching(/^warning Temporal: inputs and results go in clear/)]);
  expect(found({}, AFAR({ tls: false, apiKey: 'key-of-mine' }))).toEqual([
    expect.stringMatching(/^problem Temporal: the API key goes in clear to whoever answers at temporal.internal:7233/),
  ]);
  expect(found({}, AFAR({ tls: true, apiKey: 'k' }))).toEqual([]);
  expect(found({}, AFAR({ tls: { clientCertPair: {} } }))).toEqual([]);
});

it('23.7: a worker that starts says it all, with what to do, and what it will refuse', () => {
  const said: string[] = [];
  const log = { warn: (line: string) => void said.push(line) };
  warnOfExposedConnections(configOf({ ...ysql({ passwordFile }), ...ycql({ ssl: false, passwordFile }) }), AFAR(), log);
  expect(said).toEqual([
    expect.stringMatching(/^yb-1\.internal was not connected to: .*verify-full.*Set ysql\.rootCert in kalpa\.yaml/),
    expect.stringMatching(/^connection to YCQL: .* Better: ycql\.ssl: true and ycql\.rootCert/),
    expect.stringMatching(/^connection to Temporal: .* Better: TLS at the server/),
  ]);
});
