import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { YugabyteConfig } from '../config';
import { excerptOf, ToolFailed, YcqlNotConfigured } from '../errors';
import { FINAL_TEXTS } from '../verdicts';
import { LIMITS } from '../process/limits';
import { makeNamedPipe } from '../process/named-pipe';
import { runTool, type ToolResult, type ToolRun } from '../process/run-tool';
import { makeScratchFolder } from '../process/scratch-folder';
import { ycqlTls, ycqlUsesTls } from '../tls/ycql-tls';
import type { CqlOptions } from './session/cql-connection';

export interface CqlRun extends CqlOptions {
  /** Statements, or commands of the shell, each terminated by `;`. */
  text: string;
  mutates: boolean;
  /** Discards the output: `COPY` prints a line for each row (yugabyte-db#10397). */
  unread?: boolean;
}

export interface CqlExport extends CqlOptions {
  /** `COPY TO` this file. */
  text: (file: string) => string;
  /** Reads what is written to the file, as it comes. */
  consume: (output: AsyncIterable<Buffer>) => Promise<void>;
}

/** The same limit that libpq is given for connecting. */
const CONNECT_MS = 30_000;

/** A field longer than the shell's own limit of 131,072 characters would lose its entire chunk of rows. */
const FIELD_SIZE_LIMIT = 2_147_483_647;

/**
 * Runs CQL with `ycqlsh` and returns its output. The shell continues after an error and exits with 2, so any exit code
 * other than 0 fails with `ToolFailed`: the statements before and after the error have taken effect. User and password
 * are passed in a file, never on the command line. Fails with `YcqlNotConfigured` if kalpa.yaml has no YCQL section,
 * and with `InsecureConnection` before the shell is started.
 */
export async function runCql(config: YugabyteConfig, { unread = false, ...run }: CqlRun): Promise<string> {
  return await withShell(config, run, async () => await Promise.resolve(unread ? { consume: throwAway } : {}));
}

/**
 * Runs a `COPY TO` and reads what it writes while it does, through a named pipe. Not `TO STDOUT`: the shell of
 * YugabyteDB fails at that (apache/cassandra#88), and prints a line about each row in between (yugabyte-db#10397).
 */
export async function exportCql(config: YugabyteConfig, { text, consume, ...run }: CqlExport): Promise<void> {
  const pipe = (folder: string): string => join(folder, 'rows');
  const script = (folder: string): string => text(pipe(folder));
  await withShell(config, { ...run, text: script, mutates: false }, async (folder) => {
    await makeNamedPipe(pipe(folder));
    return { consume, pipe: pipe(folder) };
  });
}

/** Runs the shell with a scratch folder, which is removed afterwards; `reading` says how its output is read. */
async function withShell(
  config: YugabyteConfig,
  run: CqlOptions & { text: string | ((folder: string) => string); mutates: boolean },
  reading: (folder: string) => Promise<Pick<ToolRun, 'consume' | 'pipe'>>,
): Promise<string> {
  const { ycql } = config;
  if (!ycql) throw new YcqlNotConfigured();
  const timeoutMs = run.timeoutMs ?? config.timeouts.commandMs;
  const tls = await ycqlTls(ycql, { timeoutMs: Math.min(timeoutMs, CONNECT_MS), signal: run.signal });
  const folder = await makeScratchFolder();
  try {
    const settings = join(folder, 'cqlshrc');
    const file = join(folder, 'run.cql');
    const script = typeof run.text === 'string' ? run.text : run.text(folder);
    await writeFile(settings, cqlshrc(ycql), { mode: 0o600 });
    await writeFile(file, script, { mode: 0o600 });
    const result = await runTool({
      folder: config.tools,
      tool: 'ycqlsh',
      args: [
        ...['--cqlshrc', settings, '--no-color', '--encoding', 'utf-8'],
        ...['--request-timeout', String(Math.max(1, Math.ceil(timeoutMs / 1000)))],
        ...(ycqlUsesTls(ycql) ? ['--ssl'] : []),
        ...['-f', file, ycql.host, String(ycql.port)],
      ],
      // A home that can't be written to causes a warning on stdout, before the wanted output.
      env: { ...tls, ...UTF8, HOME: folder, CQL_HISTORY: join(folder, 'history') },
      timeoutMs,
      signal: run.signal,
      mutates: run.mutates,
      endsWithUs: run.mutates,
      script,
      maxOutputBytes: run.mutates ? LIMITS.answerBytes : LIMITS.listBytes,
      ...(await reading(folder)),
    });
    if (result.exitCode !== 0) throw failureOf(result, run.mutates);
    return result.stdout;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** `COPY` opens its files in the encoding of the locale; PYTHONUTF8 is for a machine without C.UTF-8. */
const UTF8 = { LC_ALL: 'C.UTF-8', PYTHONUTF8: '1' };

async function throwAway(printed: AsyncIterable<Buffer>): Promise<void> {
  for await (const _ of printed);
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

/** The shell's error on standard error: `<file>:<line>:<kind>: <sentence>`. */
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
