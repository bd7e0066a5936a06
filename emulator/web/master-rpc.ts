import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Cluster } from '../cluster';
import { masterAddress, StatusError, wrongArguments, type Answer } from '../commands/command';
import { errorStart, timedOut, withPrefix } from '../commands/prefixes';
import { OPERATIONS } from '../commands/registry';

/** What the yb-admin script sends: its arguments and, for an import, the file. */
export interface AdminRequest {
  args: string[];
  timeZone: string;
  timeoutMs: number;
  excludeDead: boolean;
  fileBase64?: string;
}

/** What it prints, writes and exits with. */
export interface AdminReply {
  stdout: string;
  stderr: string;
  exitCode: number;
  writeFile?: { path: string; base64: string };
}

/** The private protocol between the yb-admin script and the master: one POST a command. */
export function masterRpcServer(cluster: Cluster): Server {
  return createServer((request, response) => {
    void reply(cluster, request, response);
  });
}

async function reply(cluster: Cluster, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const body = JSON.parse((await bodyOf(request)).toString('utf8')) as AdminRequest;
    const answer = await replyOf(cluster, body);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer));
  } catch (error) {
    response.statusCode = 500;
    response.end(error instanceof Error ? error.message : String(error));
  }
}

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

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
  if (cluster.faults.strike('lose-reply', operation))
    return failed(
      `${start}${timedOut(operation, args, { master: masterAddress(cluster), timeoutMs: request.timeoutMs })}`,
    );
  const noise = cluster.faults.strike('noise', operation);
  const { stdout, writeFile } = answer;
  return {
    stdout,
    stderr: noise
      ? `${noise.text ?? 'E0101 00:00:00.000000     1 client.cc:1] a log line of a command that succeeds'}\n`
      : '',
    exitCode: 0,
    ...(writeFile ? { writeFile: { path: writeFile.path, base64: writeFile.content.toString('base64') } } : {}),
  };
}

async function run(
  cluster: Cluster,
  { timeZone, excludeDead, fileBase64 }: AdminRequest,
  operation: string,
  args: string[],
): Promise<Answer> {
  const command = OPERATIONS[cluster.options.dialect][operation];
  if (!command || args.length < command.count[0] || args.length > command.count[1]) throw wrongArguments();
  return await command.run({
    cluster,
    args,
    timeZone,
    excludeDead,
    ...(fileBase64 === undefined ? {} : { file: Buffer.from(fileBase64, 'base64') }),
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
