import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { request } from 'node:http';
import { errorStart, timedOut } from '../commands/prefixes';
import type { AdminReply, AdminRequest } from '../web/master-rpc';
import { toolVersion } from '../tool-version';
import { asksVersion, settings } from './settings';

/** gflags: `-flag v`, `--flag v`, `-flag=v`, `--flag=v`, before or after the operation. */
const FLAGS = ['master_addresses', 'init_master_addrs', 'timeout_ms', 'certs_dir_name', 'client_node_name', 'flagfile'];
const SWITCHES = ['exclude_dead', 'wait_if_no_leader_master'];
const DEFAULT_TIMEOUT_MS = 60_000;

class NoReply extends Error {
  override readonly name = 'NoReply';
}

function parse(argv: readonly string[]): { flags: Map<string, string>; args: string[] } {
  const flags = new Map<string, string>();
  const args: string[] = [];
  for (let i = 0; i < argv.length; i += 1) {
    const arg = argv[i] ?? '';
    const [, name = '', value] = /^--?([a-z_]+)(?:=([\s\S]*))?$/.exec(arg) ?? [];
    if (FLAGS.includes(name)) flags.set(name, value ?? argv[(i += 1)] ?? '');
    else if (SWITCHES.includes(name)) flags.set(name, value ?? 'true');
    else args.push(arg);
  }
  return { flags, args };
}

async function post(address: string, body: AdminRequest): Promise<AdminReply> {
  const [host = '', port = ''] = address.split(/:(?=\d+$)/);
  return await new Promise((resolve, reject) => {
    const sent = request({ host, port: Number(port), method: 'POST', path: '/' }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        if (response.statusCode === 200) resolve(JSON.parse(text) as AdminReply);
        else reject(new Error(text));
      });
    });
    const timer = setTimeout(() => sent.destroy(new NoReply()), body.timeoutMs);
    sent.on('close', () => {
      clearTimeout(timer);
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(body));
  });
}

/** The file to import, as base64; undefined with the error printed when it can't be read. */
function fileToImport(operation: string, path: string): string | undefined {
  try {
    return readFileSync(path).toString('base64');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    process.stderr.write(
      `${errorStart(settings.dialect, operation)}Not found (yb/util/env_posix.cc:300): Unable to import snapshot meta file ${path}: ${path}: ${code === 'ENOENT' ? 'No such file or directory (system error 2)' : code}\n`,
    );
    return undefined;
  }
}

/** Writes and fsyncs the exported file on this host. */
function writeExported({ path, base64 }: NonNullable<AdminReply['writeFile']>): void {
  const file = openSync(path, 'w');
  try {
    writeSync(file, Buffer.from(base64, 'base64'));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

async function main(): Promise<number> {
  const argv = process.argv.slice(2);
  if (asksVersion(argv)) {
    process.stdout.write(`${toolVersion('yb-admin', settings)}\n`);
    return 0;
  }
  const { flags, args } = parse(argv);
  const [operation, first] = args;
  if (operation === undefined) {
    process.stdout.write(
      'yb-admin (YugabyteDB emulator): [-master_addresses server1:port,...] [-timeout_ms <millisec>] [-certs_dir_name <dir_name>] <operation>\n',
    );
    return 1;
  }
  const fileBase64 =
    (operation === 'import_snapshot' || operation === 'import_snapshot_selective') && first !== undefined
      ? fileToImport(operation, first)
      : '';
  if (fileBase64 === undefined) return 1;
  const addresses = flags.get('init_master_addrs') ?? flags.get('master_addresses') ?? 'localhost:7100';
  const timeoutMs = Number(flags.get('timeout_ms') ?? DEFAULT_TIMEOUT_MS);
  const body: AdminRequest = {
    args,
    timeZone:
      process.env['TZ'] !== undefined && process.env['TZ'] !== ''
        ? process.env['TZ']
        : Intl.DateTimeFormat().resolvedOptions().timeZone,
    timeoutMs,
    excludeDead: flags.get('exclude_dead') === 'true',
    ...(fileBase64 === '' ? {} : { fileBase64 }),
  };
  return await askLeader(addresses, body, operation);
}

/** Asks one master after the other. One that answered once and then failed is not asked again: it may have acted. */
async function askLeader(addresses: string, body: AdminRequest, operation: string): Promise<number> {
  for (const master of addresses.split(',').map((address) => address.trim())) {
    try {
      const reply = await post(master, body);
      if (reply.writeFile) writeExported(reply.writeFile);
      process.stdout.write(reply.stdout);
      process.stderr.write(reply.stderr);
      return reply.exitCode;
    } catch (error) {
      const { code, path, message } = error as NodeJS.ErrnoException;
      if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EHOSTUNREACH') continue;
      const args = body.args.slice(1);
      const status =
        error instanceof NoReply
          ? timedOut(operation, args, { master, timeoutMs: body.timeoutMs })
          : path === undefined
            ? `Network error (yb/util/net/socket.cc:540): recvmsg got EOF from remote (system error 108): ${message}`
            : `IO error (yb/util/env_posix.cc:300): ${path}: ${code ?? message}`;
      process.stderr.write(`${errorStart(settings.dialect, operation)}${status}\n`);
      return 1;
    }
  }
  process.stderr.write(noLeader(addresses));
  return 1;
}

function noLeader(addresses: string): string {
  const status = `Timed out (yb/rpc/rpc.cc:211): Could not locate the leader master: GetLeaderMasterRpc(addrs: [${addresses}], num_attempts: 290) passed its deadline`;
  const start = `Unable to establish connection to leader master at [${addresses}]. Please verify the addresses`;
  return settings.dialect === '2.6'
    ? `${start}.\n\n: ${status}\n`
    : `${start} and check if server is up, or if you're missing --certs_dir_name.\n\n${status}\n`;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
