import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openClusterView } from '../../../src/cli/core/open-cluster-view';
import { parseConfig } from '../../../src/config';
import { controlWorkerIdentity } from '../../../src/contract';
import { holdNode, type NodeLock } from '../../../src/worker/node-lock';
import { EmulatedCluster } from '../../emulator/emulated-cluster';
import { fakeClient, findings, goodBucket, HEALTHY, type Finding } from './doctor-world';

const HOST = '127.0.0.1';
/** Nothing listens on it: a client's own port range begins far above. */
const NOBODY = `${HOST}:1`;

describe('kalpa doctor before a cluster, for a kalpa.yaml with', () => {
  let cluster: EmulatedCluster;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kalpa-doctor-'));
    cluster = await EmulatedCluster.start('2025.1');
  });
  afterAll(async () => {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const master = (): string => `${HOST}:${cluster.options.ports.masterRpc}`;
  const masterWeb = (): string => `${HOST}:${cluster.options.ports.masterHttp}`;
  const tserver = (i: number): string => `${HOST}:${cluster.options.ports.tserverRpc[i]}`;
  const tserverWeb = (i: number): string => `${HOST}:${cluster.options.ports.tserverHttp[i]}`;
  const dataDir = (i: number): string => join(cluster.options.home, `tserver-${i + 1}`);

  /** What is found with a configuration that is right but for `change`. */
  async function found(change: Record<string, unknown> = {}): Promise<{ code: number; found: Finding[] }> {
    const { postgres, home } = cluster.options;
    const right = {
      cluster: 'demo',
      masters: [master()],
      tools: join(home, 'bin'),
      ysql: { host: HOST, port: postgres.port },
      http: { masters: [masterWeb()] },
      repository: { url: 's3://kalpa' },
      signing: { publicKeys: [`ed25519:${'A'.repeat(43)}=`] },
    };
    const config = parseConfig(JSON.stringify({ ...right, ...change }), 'kalpa.yaml');
    // 22.23: the worker's universe is the one that these masters tell.
    const told = await openClusterView(parseConfig(JSON.stringify(right), 'kalpa.yaml')).universe();
    const identity = controlWorkerIdentity('demo', told, { host: 'here', pid: 1 });
    return await findings({
      loadConfig: () => ({ config, source: { kind: 'option', file: 'kalpa.yaml' } }),
      connect: async () => await Promise.resolve(fakeClient({ ...HEALTHY, pollers: { 'kalpa/demo': [{ identity }] } })),
      openCluster: ({ config: resolved }) => openClusterView(resolved),
      openBucket: () => goodBucket,
    });
  }

  const theNode = (change: Record<string, unknown> = {}): { node: Record<string, unknown> } => ({
    node: { address: tserver(0), http: tserverWeb(0), dataDirs: [dataDir(0)], ...change },
  });
  const the = async (area: string, change: Record<string, unknown>): Promise<Finding | undefined> =>
    (await found(change)).found.find((finding) => finding.area === area);

  it('YCQL at a port where nobody listens', async () => {
    const right = { host: HOST, port: cluster.options.ports.ycql };
    expect(await the('YCQL', { ycql: right })).toBeUndefined();
    expect(await the('YCQL', { ycql: { ...right, port: 1 } })).toMatchObject({
      status: 'problem',
      cure: expect.stringContaining('YCQL listens on 9042 by default') as string,
    });
  });

  it('23.7: a password for another machine and no authority: one line, with what to set', async () => {
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, 'hunter2', { mode: 0o600 });
    const { postgres } = cluster.options;
    const elsewhere = { host: '0.0.0.0', port: postgres.port, passwordFile };
    expect(await found({ ysql: elsewhere })).toEqual({
      code: 1,
      found: [
        {
          area: 'YSQL',
          status: 'problem',
          message: expect.stringContaining('the password goes there only when its certificate is verified') as string,
          cure: expect.stringContaining('ysql.rootCert in kalpa.yaml') as string,
        },
      ],
    });
    // Said: it connects, and that is told.
    expect(await found({ ysql: { ...elsewhere, sslmode: 'disable' } })).toMatchObject({
      code: 1,
      found: [
        {
          area: 'connection: YSQL',
          status: 'problem',
          message: 'the password of ysql.passwordFile goes in clear to whoever answers for 0.0.0.0 (sslmode disable)',
        },
      ],
    });
  });

  it('no mistake: nothing', async () => {
    expect(await found(theNode())).toEqual({ code: 0, found: [] });
  });

  it('the port of the web page among the masters: the RPC addresses, from that page', async () => {
    expect(await the('masters', { masters: [masterWeb()] })).toEqual({
      area: 'masters',
      status: 'problem',
      message: `no answer: ${masterWeb()} is a web page, not the RPC address of a master`,
      cure: `set masters: [${master()}] in kalpa.yaml`,
    });
  });

  it("a tserver's web port among the masters: the RPC addresses, from that page", async () => {
    expect(await the('masters', { masters: [tserverWeb(1)] })).toMatchObject({
      status: 'problem',
      cure: `set masters: [${master()}] in kalpa.yaml`,
    });
  });

  it('a port where nothing listens: the RPC addresses, from the web page of http.masters', async () => {
    expect(await the('masters', { masters: [NOBODY] })).toMatchObject({
      status: 'problem',
      message: `no answer: nothing listens at ${NOBODY}`,
      cure: `set masters: [${master()}] in kalpa.yaml`,
    });
  });

  it('no address responds: says where to look', async () => {
    expect(await the('masters', { masters: [NOBODY], http: { masters: [NOBODY] } })).toMatchObject({
      status: 'problem',
      message: `no answer: nothing listens at ${NOBODY}`,
      cure: expect.stringMatching(/^correct `masters` in kalpa.yaml \(RPC port, 7100 by default\)/) as string,
    });
  });

  it('one wrong port beside a right one: a warning, for the day when the right one is down', async () => {
    expect(await found({ masters: [master(), NOBODY] })).toEqual({
      code: 0,
      found: [
        {
          area: 'masters',
          status: 'warning',
          message: `nothing listens at ${NOBODY}; ${master()} leads`,
          cure: `set masters: [${master()}] in kalpa.yaml`,
        },
      ],
    });
  });

  it('another web port of the masters: http.masters', async () => {
    expect(await the('web pages', { http: { masters: [NOBODY] } })).toMatchObject({
      status: 'problem',
      message: expect.stringContaining(`Could not read http://${NOBODY}/api/v1/version`) as string,
      cure: 'correct http.masters in kalpa.yaml, http.tls and http.rootCert',
    });
    expect(await the('web pages', { http: {} })).toMatchObject({
      cure: expect.stringMatching(/^set http.masters in kalpa.yaml/) as string,
    });
  });

  /** A folder of tools that say that they are of another release; the others are those of the cluster. */
  function toolsOf(release: string, others: readonly string[]): string {
    const tools = mkdtempSync(join(folder, 'tools-'));
    for (const tool of ['yb-admin', 'ysql_dump', 'ysql_dumpall']) {
      const version = tool === 'yb-admin' ? `version ${release} build 1` : `${tool} (PostgreSQL) 11.2-YB-${release}-b0`;
      const real = join(cluster.options.home, 'bin', tool);
      const lines = [
        '#!/bin/sh',
        ...(others.includes(tool) ? [`[ "$1" = --version ] && echo "${version}" && exit 0`] : []),
        `exec "${real}" "$@"`,
      ];
      writeFileSync(join(tools, tool), `${lines.join('\n')}\n`, { mode: 0o755 });
    }
    return tools;
  }

  it('tools of another release than the cluster runs: which one to install', async () => {
    const tools = toolsOf('2024.2.3.0', ['yb-admin', 'ysql_dump', 'ysql_dumpall']);
    expect(await the('tools', { tools })).toEqual({
      area: 'tools',
      status: 'problem',
      message: 'they are of 2024.2.3.0, but the masters run 2025.1.1.0: their output and dumps differ',
      cure: 'install the client tools of 2025.1.1.0, or set `tools` in kalpa.yaml to their folder',
    });
  });

  it('tools of two releases: which is which', async () => {
    expect(await the('tools', { tools: toolsOf('2024.2.3.0', ['ysql_dump']) })).toMatchObject({
      status: 'problem',
      message: 'yb-admin is of 2025.1.1.0, but ysql_dump of 2024.2.3.0',
      cure: 'install them from one release, the one that the cluster runs',
    });
  });

  it('tools of a later patch of the same series: nothing', async () => {
    const tools = toolsOf('2025.1.4.0', ['yb-admin', 'ysql_dump', 'ysql_dumpall']);
    expect(await found({ tools })).toEqual({ code: 0, found: [] });
  });

  it('a node address that the masters list otherwise: the listed one', async () => {
    const { message, cure } = (await the('this node', theNode({ address: `localhost:9100` }))) ?? {};
    expect(message).toMatch(
      new RegExp(`^The masters list tserver [0-9a-f]{32} as ${tserver(0)}, but kalpa.yaml says localhost:9100\\.$`),
    );
    expect(cure).toBe(`Set node.address to ${tserver(0)}.`);
  });

  it('the data directory of another node: whose web page says otherwise', async () => {
    expect(await the('this node', theNode({ dataDirs: [dataDir(1)] }))).toMatchObject({
      status: 'problem',
      message: `The tserver at ${tserverWeb(0)} uses the data directories ${dataDir(0)}, but kalpa.yaml says ${dataDir(1)}.`,
      cure: 'Correct node.dataDirs, or start this worker beside its own tserver.',
    });
  });

  it('data directories of two nodes: to list those of one', async () => {
    expect(await the('this node', theNode({ dataDirs: [dataDir(0), dataDir(1)] }))).toMatchObject({
      status: 'problem',
      message: expect.stringMatching(/belong to different tservers/) as string,
      cure: expect.stringContaining(`List the directories of the tserver at ${tserver(0)} only`) as string,
    });
  });

  it('the address of another node, with this one’s directories: this one’s address', async () => {
    expect(await the('this node', theNode({ address: tserver(1) }))).toMatchObject({
      status: 'problem',
      cure: `Set node.address to ${tserver(0)}.`,
    });
  });

  it('a folder that is no data directory: node.dataDirs', async () => {
    expect(await the('this node', theNode({ dataDirs: [folder] }))).toMatchObject({
      status: 'problem',
      message: expect.stringContaining('(ENOENT)') as string,
      cure: expect.stringMatching(/^Check node.dataDirs in kalpa.yaml/) as string,
    });
  });

  it('22.27: counts the node workers that wait for another one of the same node, which no queue shows', async () => {
    const workers = async (): Promise<Finding | undefined> => await the('this node’s workers', theNode());
    const hold = async (onWait: () => void = () => undefined): Promise<NodeLock> =>
      await holdNode({
        ...{ dataDir: dataDir(0), cluster: 'demo', onWait },
        self: { pid: 4711, host: 'here', version: '0.1.0', since: '2026-11-22T02:00:00.000Z' },
      });
    const first = await hold();
    expect(await workers()).toBeUndefined(); // all is well
    let second: Promise<NodeLock> | undefined;
    await new Promise<void>((waits) => {
      second = hold(waits);
    });
    expect(await workers()).toMatchObject({
      status: 'warning',
      message:
        'process 4711 on here (Kalpa 0.1.0) serves it since 2026-11-22T02:00:00.000Z; 1 other one waits for it to end',
      cure: 'in an upgrade: stop that process, and a waiting one takes over; otherwise stop those that wait',
    });
    first.release();
    (await second)?.release();
  });

  it('a role that does not exist: how to make it', async () => {
    const ysql = { host: HOST, port: cluster.options.postgres.port, user: 'backup_user' };
    expect(await the('YSQL', { ysql })).toMatchObject({
      status: 'problem',
      message: expect.stringContaining('role "backup_user" does not exist') as string,
      cure: `CREATE ROLE "backup_user" LOGIN SUPERUSER PASSWORD '…', or correct ysql.user`,
    });
  });

  it('a role that is not a superuser: how to make it one', async () => {
    await cluster.run('ysqlsh', ['-c', 'CREATE ROLE plain LOGIN']);
    const ysql = { host: HOST, port: cluster.options.postgres.port, user: 'plain' };
    expect(await the('YSQL', { ysql })).toMatchObject({
      status: 'problem',
      message: "plain is not a superuser: it can't dump or restore every object",
      cure: 'ALTER ROLE "plain" SUPERUSER, or another ysql.user',
    });
  });

  it('a database that does not exist, or a port without YSQL: which setting', async () => {
    const ysql = { host: HOST, port: cluster.options.postgres.port, database: 'nowhere' };
    expect((await the('YSQL', { ysql }))?.cure).toMatch(/^set ysql.database/);
    expect((await the('YSQL', { ysql: { host: HOST, port: 1 } }))?.cure).toMatch(/^correct ysql.host and ysql.port/);
  });
});
