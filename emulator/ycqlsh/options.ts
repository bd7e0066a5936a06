import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

export interface ShellOptions {
  host: string;
  port: number;
  user?: string;
  password?: string;
  keyspace?: string;
  file?: string;
  execute?: string;
  ssl: boolean;
  version: boolean;
  help: boolean;
  connectTimeoutMs: number;
  /** `[csv] field_size_limit` of cqlshrc. */
  fieldSizeLimit: number;
}

const FIELD_SIZE_LIMIT = 131_072;
const CONNECT_TIMEOUT_S = 5;

/** Arguments, then environment, then cqlshrc, then `otherwise`. Throws an `Error` that says what is wrong. */
export function readOptions(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  otherwise: { host: string; port: number },
): ShellOptions {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      username: { type: 'string', short: 'u' },
      password: { type: 'string', short: 'p' },
      keyspace: { type: 'string', short: 'k' },
      file: { type: 'string', short: 'f' },
      execute: { type: 'string', short: 'e' },
      cqlshrc: { type: 'string' },
      encoding: { type: 'string' },
      'connect-timeout': { type: 'string' },
      'request-timeout': { type: 'string' },
      cqlversion: { type: 'string' },
      ssl: { type: 'boolean' },
      color: { type: 'boolean', short: 'C' },
      'no-color': { type: 'boolean' },
      refresh_on_describe: { type: 'boolean', short: 'r' },
      tty: { type: 'boolean', short: 't' },
      debug: { type: 'boolean' },
      version: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const settings = readCqlshrc(values.cqlshrc ?? join(homedir(), '.cassandra', 'cqlshrc'));
  const [host = env['CQLSH_HOST'] ?? settings.get('connection.hostname') ?? otherwise.host, port] = positionals;
  const chosenPort = Number(port ?? env['CQLSH_PORT'] ?? settings.get('connection.port') ?? otherwise.port);
  if (!Number.isInteger(chosenPort)) throw new Error(`'${port}' is not a valid port number.`);
  const user = values.username ?? settings.get('authentication.username');
  const password = values.password ?? settings.get('authentication.password');
  return {
    host,
    port: chosenPort,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(values.keyspace === undefined ? {} : { keyspace: values.keyspace }),
    ...(values.file === undefined ? {} : { file: values.file }),
    ...(values.execute === undefined ? {} : { execute: values.execute }),
    ssl: values.ssl ?? false,
    version: values.version ?? false,
    help: values.help ?? false,
    connectTimeoutMs: Number(values['connect-timeout'] ?? CONNECT_TIMEOUT_S) * 1000,
    fieldSizeLimit: Number(settings.get('csv.field_size_limit') ?? FIELD_SIZE_LIMIT),
  };
}

/** `section.name` → value of an ini file; empty where there is none. */
function readCqlshrc(path: string): Map<string, string> {
  const settings = new Map<string, string>();
  let section = '';
  for (const line of existsSync(path) ? readFileSync(path, 'utf8').split('\n') : []) {
    const [, header] = /^\[(.+)\]\s*$/.exec(line) ?? [];
    if (header !== undefined) section = header;
    const [, name, value] = /^\s*([^;#=:\s]+)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) settings.set(`${section}.${name}`, value);
  }
  return settings;
}
