import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../cluster';
import { masterAddress, StatusError, wrongArguments, type Answer } from '../commands/command';
import { errorStart, timedOut, withPrefix } from '../commands/prefixes';
import { OPERATIONS } from '../commands/registry';

/** What the yb-admin script sends: its arguments and, for an import, the file. */
interface AdminRequest {
  args: string[];
  /** Of the machine that runs yb-admin. */
  timeZone: string;
  timeoutMs: number;
  excludeDead: boolean;
  file?: Buffer;
}

/** What it prints, writes and exits with. */
interface AdminReply {
  stdout: string;
  stderr: string;
  exitCode: number;
  file?: Buffer;
}

/**
 * The private protocol between the yb-admin script and the master, simple enough for a shell: one POST per command,
 * its arguments each ended by a NUL, then the file to import. The reply is stderr, a NUL, stdout and, behind another
 * NUL, the exported file.
 */
export function masterRpcServer(cluster: Cluster): Server {
  return createServer((request, response) => {
    void reply(cluster, request, response);
  });
}

async function reply(cluster: Cluster, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const { stdout, stderr, exitCode, file } = await inTime(cluster, await requestOf(request));
    response.setHeader('Exit-Code', exitCode);
    response.end(Buffer.concat([Buffer.from(`${stderr}\0${stdout}`), ...(file ? [Buffer.from('\0'), file] : [])]));
  } catch (error) {
    response.statusCode = 500; // without an exit code: the script says that the connection broke
    response.end(error instanceof Error ? error.message : String(error));
  }
}

async function requestOf(request: IncomingMessage): Promise<AdminRequest> {
  const header = (name: string): string => String(request.headers[name] ?? '');
  const body = await bodyOf(request);
  const length = Number(header('arguments-length'));
  const file = body.subarray(length);
  return {
    args: body.toString('utf8', 0, length).split('\0').slice(0, -1),
    timeZone: header('time-zone') || Intl.DateTimeFormat().resolvedOptions().timeZone,
    timeoutMs: Number(header('timeout-ms')),
    excludeDead: header('exclude-dead') === 'true',
    ...(file.length === 0 ? {} : { file }),
  };
}

/** The client times out; the work that it requested continues. */
async function inTime(cluster: Cluster, request: AdminRequest): Promise<AdminReply> {
  const waiting = new AbortController();
  try {
    return await Promise.race([
      replyOf(cluster, request),
      sleep(request.timeoutMs, undefined, { signal: waiting.signal, ref: false }).then(() => noReply(cluster, request)),
    ]);
  } finally {
    waiting.abort();
  }
}

function noReply(cluster: Cluster, { args: [operation = '', ...args], timeoutMs }: AdminRequest): AdminReply {
  const text = timedOut(operation, args, { master: masterAddress(cluster), timeoutMs });
  return { stdout: '', stderr: `${errorStart(cluster.options.dialect, operation)}${text}\n`, exitCode: 1 };
}

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The response of a newly elected master. */
const NOT_READY =
  'Leader not ready to serve requests (yb/master/scoped_leader_shared_lock.cc:101): Leader not yet ready to serve requests: ready term 1 is less than current term 2';

async function replyOf(cluster: Cluster, request: AdminRequest): Promise<AdminReply> {
  const [operation = '', ...args] = request.args;
  const { dialect } = cluster.options;
  const failed = (text: string, usage?: string): AdminReply => ({
    stdout: '',
    stderr: `${text}\n${usage ?? ''}`,
    exitCode: 1,
  });
  if (!OPERATIONS[dialect][operation]) return failed(`Invalid operation: ${operation}`);
  const start = errorStart(dialect, operation);
  if (!cluster.masterIsReady) return failed(`${start}${NOT_READY}`);
  const fault = await cluster.faults.beforeCommand(operation, async (database, sql) => {
    await cluster.runSql(database, sql);
  });
  if (fault !== undefined) return failed(`${start}${fault}`);
  let answer: Answer;
  try {
    answer = await run(cluster, request, operation, args);
  } catch (error) {
    const status =
      error instanceof StatusError
        ? error
        : new StatusError(
            'Service unavailable',
            'yb/master/master.cc:500',
            error instanceof Error ? error.message : String(error),
          );
    return failed(
      `${start}${statusText(status, operation, args)}`,
      status.code === 'Invalid argument' ? usageOf(cluster, operation) : undefined,
    );
  }
  if (cluster.faults.strike('lose-reply', operation)) return noReply(cluster, request);
  const noise = cluster.faults.strike('noise', operation);
  const { stdout, file } = answer;
  return {
    stdout,
    stderr: noise
      ? `${noise.text ?? 'E0101 00:00:00.000000     1 client.cc:1] a log line of a command that succeeds'}\n`
      : '',
    exitCode: 0,
    ...(file ? { file } : {}),
  };
}

async function run(
  cluster: Cluster,
  { timeZone, timeoutMs, excludeDead, file }: AdminRequest,
  operation: string,
  args: string[],
): Promise<Answer> {
  const command = OPERATIONS[cluster.options.dialect][operation];
  if (!command || args.length < command.count[0] || args.length > command.count[1]) throw wrongArguments();
  const since = Date.now(); // without the wait that a fault causes, which counts as the master's
  return await command.run({
    cluster,
    args,
    timeZone,
    excludeDead,
    overdue: () => Date.now() - since >= timeoutMs,
    ...(file ? { file } : {}),
  });
}

/** `<Code> (<file>:<line>): <message>[ (master error <n>)]`; a wrong call has no prefix. */
function statusText(
  { code, source, message, masterError }: StatusError,
  operation: string,
  args: readonly string[],
): string {
  const text = source.startsWith('yb/tools/yb-admin_cli.cc') ? message : withPrefix(operation, args, message);
  return `${code} (${source}): ${text}${masterError === undefined ? '' : ` (master error ${masterError})`}`;
}

const DEFINITIONS: Readonly<Record<string, string>> = {
  '<namespace>': ' [(ycql|ysql).]<namespace_name> (default ycql.)',
  '<table>': ' <namespace> <table_name> | tableid.<table_id>',
};

function usageOf(cluster: Cluster, operation: string): string {
  const usage = OPERATIONS[cluster.options.dialect][operation]?.usage ?? '';
  const named = Object.entries(DEFINITIONS).filter(([word]) => usage.includes(word));
  const definitions = named.map(([word, text]) => `Definitions: ${word}:\n${text}\n`).join('');
  return `Usage: yb-admin ${operation} ${usage}`.trimEnd() + `\n${definitions}`;
}
