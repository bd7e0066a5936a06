import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Cluster } from './cluster';
import { errorPrefix, runCommand } from './yb-admin-commands';
import { CommandFailed, status } from './yb-admin-texts';

/** What the yb-admin script sends: its arguments and, for an import, the file. */
interface Request {
  args: string[];
  timeZone: string;
  timeoutMs: number;
  fileBase64?: string;
}

/** What it does with the answer. */
export interface Answer {
  stdout: string;
  stderr: string;
  exitCode: number;
  writeFile?: { path: string; base64: string };
}

/** The private protocol between the yb-admin script and the master: one POST a command. */
export function masterRpcServer(cluster: Cluster): Server {
  return createServer((request, response) => {
    void (async () => {
      const body = JSON.parse((await bodyOf(request)).toString('utf8')) as Request;
      const answer = await answerOf(cluster, body);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answer));
    })().catch((error: unknown) => {
      response.statusCode = 500;
      response.end(String(error instanceof Error ? error.stack : error));
    });
  });
}

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function answerOf(cluster: Cluster, { args, timeZone, timeoutMs, fileBase64 }: Request): Promise<Answer> {
  const [operation = ''] = args;
  const prefix = errorPrefix(cluster, operation);
  const fault = await cluster.faults.beforeCommand(operation, async (database, sql) => {
    await cluster.runSql(database, sql);
  });
  if (fault !== undefined) return { stdout: '', stderr: `${prefix}${fault}\n`, exitCode: 1 };
  try {
    const { stdout, writeFile } = await runCommand(cluster, {
      args,
      timeZone,
      ...(fileBase64 === undefined ? {} : { file: Buffer.from(fileBase64, 'base64') }),
    });
    if (cluster.faults.strike('lose-reply', operation)) {
      const text = status(
        'Timed out',
        'yb/rpc/outbound_call.cc:489',
        `${operation} RPC (request call id 4) to ${cluster.options.host}:${cluster.options.ports.masterRpc} timed out after ${(timeoutMs / 1000).toFixed(3)}s`,
      );
      return { stdout: '', stderr: `${prefix}${text}\n`, exitCode: 1 };
    }
    return {
      stdout,
      stderr: '',
      exitCode: 0,
      ...(writeFile ? { writeFile: { path: writeFile.path, base64: writeFile.content.toString('base64') } } : {}),
    };
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    const usage = error.usage === undefined ? '' : `Usage: yb-admin ${operation} ${error.usage}\n`;
    const start = error.message.startsWith('Invalid operation') ? '' : prefix;
    return { stdout: error.stdout, stderr: `${start}${error.message}\n${usage}`, exitCode: 1 };
  }
}
