import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { YugabyteConfig } from '../config';
import { excerptOf, ToolFailed, YcqlNotConfigured } from '../errors';
import { FINAL_TEXTS } from '../verdicts';
import { LIMITS } from '../process/limits';
import { runTool, type ToolResult } from '../process/run-tool';
import { makeScratchFolder } from '../process/scratch-folder';
import { ycqlTls, ycqlUsesTls } from '../tls/ycql-tls';
import { given } from '../../objects/given';
import type { CqlOptions } from './session/cql-connection';

export interface CqlRun extends CqlOptions {
  /** Statements, or commands of the shell, each ended with `;`. */
  text: string;
  mutates: boolean;
  /** Reads what is printed as it comes; absent: it is gathered for the result. */
  consume?: (output: AsyncIterable<Buffer>) => Promise<void>;
}

/** As long as libpq is given for a connection. */
const CONNECT_MS = 30_000;

/** A field longer than the shell's own limit of 131,072 characters loses its whole chunk of rows. */
const FIELD_SIZE_LIMIT = 2_147_483_647;

/**
 * Runs CQL with `ycqlsh` and returns what it printed. The shell goes on after an error and ends with 2, so any other
 * end than 0 fails with `ToolFailed`: what stood before and after the error has taken effect. User and password go in a
 * file of their own, never on the command line. Fails with `YcqlNotConfigured` where kalpa.yaml says nothing of YCQL,
 * and with `InsecureConnection` before the shell is started.
 */
export async function runCql(config: YugabyteConfig, run: CqlRun): Promise<string> {
  const { ycql } = config;
  if (!ycql) throw new YcqlNotConfigured();
  const timeoutMs = run.timeoutMs ?? config.timeouts.commandMs;
  const tls = await ycqlTls(ycql, { timeoutMs: Math.min(timeoutMs, CONNECT_MS), signal: run.signal });
  const folder = await makeScratchFolder();
  try {
    const settings = join(folder, 'cqlshrc');
    const file = join(folder, 'run.cql');
    await writeFile(settings, cqlshrc(ycql), { mode: 0o600 });
    await writeFile(file, run.text, { mode: 0o600 });
    const result = await runTool({
      folder: config.tools,
      tool: 'ycqlsh',
      args: [
        ...['--cqlshrc', settings, '--no-color', '--encoding', 'utf-8'],
        ...['--request-timeout', String(Math.max(1, Math.ceil(timeoutMs / 1000)))],
        ...(ycqlUsesTls(ycql) ? ['--ssl'] : []),
        ...['-f', file, ycql.host, String(ycql.port)],
      ],
      // A home that can't be written makes a warning on stdout, in front of what is asked for.
      env: { ...tls, HOME: folder, CQL_HISTORY: join(folder, 'history') },
      timeoutMs,
      signal: run.signal,
      mutates: run.mutates,
      endsWithUs: run.mutates,
      script: run.text,
      maxOutputBytes: run.mutates ? LIMITS.answerBytes : LIMITS.listBytes,
      ...given({ consume: run.consume }),
    });
    if (result.exitCode !== 0) throw failureOf(result, run.mutates);
    return result.stdout;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function cqlshrc({ user, password }: NonNullable<YugabyteConfig['ycql']>): string {
  const login = [
    ...(user === undefined ? [] : [`username = ${user}`]),
    ...(password === undefined ? [] : [`password = ${password}`]),
  ];
  return [
    ...(login.length === 0 ? [] : ['[authentication]', ...login]),
    '[csv]',
    `field_size_limit = ${FIELD_SIZE_LIMIT}`,
    '',
  ].join('\n');
}

const NO_CONNECTION = /Connection error|Unable to connect|NoHostAvailable|Connection refused|Last error/i;
const REFUSED = FINAL_TEXTS.ycql;
const TRANSIENT = /OperationTimedOut|Timed out|ReadTimeout|WriteTimeout|Try again|Unavailable|OverloadedErrorMessage/i;

/** What the shell says on standard error: `<file>:<line>:<kind>: <sentence>`. */
function failureOf({ exitCode, stderr }: ToolResult, mutates: boolean): ToolFailed {
  const line = stderr.split('\n').find((text) => text.trim() !== '') ?? '';
  const reason = line.replace(/^\S*run\.cql:\d+:/, '');
  const refused = REFUSED.test(stderr);
  const noConnection = exitCode === 1 && !refused && NO_CONNECTION.test(stderr);
  return new ToolFailed({
    tool: 'ycqlsh',
    command: 'ycqlsh',
    exitCode,
    reason: excerptOf(reason),
    stderrTail: stderr,
    outcome: mutates && exitCode !== 1 ? 'unknown' : 'refused',
    transient: noConnection || (!refused && TRANSIENT.test(stderr)),
    final: refused,
  });
}
