import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { Answer } from '../master-rpc';
import { versionLine } from './version-line';

/** gflags: `-flag v`, `--flag v`, `-flag=v`, `--flag=v`, before or after the operation. */
const FLAGS = ['master_addresses', 'init_master_addrs', 'timeout_ms', 'certs_dir_name', 'client_node_name', 'flagfile'];
const SWITCHES = ['exclude_dead', 'wait_if_no_leader_master'];

function parse(argv: string[]): { flags: Map<string, string>; args: string[] } {
  const flags = new Map<string, string>();
  const args: string[] = [];
  for (let i = 0; i < argv.length; i += 1) {
    const arg = argv[i] ?? '';
    const match = /^--?([a-z_]+)(?:=([\s\S]*))?$/.exec(arg);
    const name = match?.[1] ?? '';
    if (FLAGS.includes(name)) flags.set(name, match?.[2] ?? argv[(i += 1)] ?? '');
    else if (SWITCHES.includes(name)) flags.set(name, match?.[2] ?? 'true');
    else args.push(arg);
  }
  return { flags, args };
}

async function post(address: string, body: object, timeoutMs: number): Promise<Answer> {
  const [host = '', port = ''] = address.split(/:(?=\d+$)/);
  return await new Promise((resolve, reject) => {
    const sent = request({ host, port: Number(port), method: 'POST', path: '/', timeout: timeoutMs }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        if (response.statusCode === 200) resolve(JSON.parse(text) as Answer);
        else reject(new Error(text));
      });
    });
    sent.on('timeout', () => sent.destroy(new Error('timed out')));
    sent.on('error', reject);
    sent.end(JSON.stringify(body));
  });
}

async function main(): Promise<number> {
  const argv = process.argv.slice(2);
  if (argv.includes('--version') || argv.includes('-version')) {
    process.stdout.write(`yb-admin ${versionLine()}\n`);
    return 0;
  }
  const { flags, args } = parse(argv);
  const [operation] = args;
  if (operation === undefined) {
    process.stdout.write(
      'yb-admin (YugabyteDB emulator): [-master_addresses server1:port,...] [-timeout_ms <millisec>] <operation>\n',
    );
    return 1;
  }
  const masters = (flags.get('init_master_addrs') ?? flags.get('master_addresses') ?? 'localhost:7100').split(',');
  const timeoutMs = Number(flags.get('timeout_ms') ?? 60_000);
  const file =
    operation === 'import_snapshot' && args[1] !== undefined ? readFileSync(args[1]).toString('base64') : undefined;
  const passed = flags.get('exclude_dead') === 'true' ? [...args, '--exclude_dead'] : args;
  for (const master of masters) {
    try {
      const timeZone =
        process.env['TZ'] === undefined || process.env['TZ'] === ''
          ? Intl.DateTimeFormat().resolvedOptions().timeZone
          : process.env['TZ'];
      const answer = await post(
        master,
        { args: passed, timeZone, timeoutMs, ...(file === undefined ? {} : { fileBase64: file }) },
        timeoutMs,
      );
      if (answer.writeFile) writeFileSync(answer.writeFile.path, Buffer.from(answer.writeFile.base64, 'base64'));
      process.stdout.write(answer.stdout);
      process.stderr.write(answer.stderr);
      return answer.exitCode;
    } catch (error) {
      if ((error as Error).message === 'timed out') {
        const prefix = process.env['EMULATOR_DIALECT'] === '2.6' ? 'Error: ' : `Error running ${operation}: `;
        process.stderr.write(
          `${prefix}Timed out (yb/rpc/outbound_call.cc:489): RPC (request call id 4) to ${master} timed out after ${(timeoutMs / 1000).toFixed(3)}s\n`,
        );
        return 1;
      }
      if ((error as NodeJS.ErrnoException).code === undefined) {
        process.stderr.write(
          `Error running ${operation}: Runtime error (emulator): ${(error as Error).message.split('\n')[0] ?? ''}\n`,
        );
        return 1;
      }
    }
  }
  process.stderr.write(
    `Unable to establish connection to leader master at [${masters.join(',')}]. Please verify the addresses.\n\nTimed out (yb/client/client-internal.cc:1): Could not locate the leader master\n`,
  );
  return 1;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`Error: IO error (emulator): ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
