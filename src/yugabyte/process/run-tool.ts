import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { Pieces } from '../../untrusted';
import { ToolFailed, ToolMissing } from '../errors';
import { hasCallListeners, notifyCall } from './calls';
import { killGroupOnExit } from './kill-group-on-exit';
import { OutputExcerpt } from './output-excerpt';
import { LIMITS } from './limits';
import { LinesOfOutput } from './lines-of-output';
import { readNamedPipe } from './named-pipe';
import { fileTooLarge } from './read-made-file';
import { toolEnvironment } from './tool-environment';
import { toolPlaces } from './tool-places';
import { feed, ToolEndedEarly, wholeOutput } from './tool-streams';
import { given } from '../../objects/given';

export interface ToolRun {
  /** Folder of the tool; if absent, PATH is searched. */
  folder?: string | undefined;
  /** Name of the executable. */
  tool: string;
  args: readonly string[];
  /** The name of the run in messages. */
  command?: string;
  /** Added to the minimal environment; the place for passwords. */
  env?: Readonly<Record<string, string>>;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  /** More standard output than this ends the tool, if output is collected; default `LIMITS.answerBytes`. */
  maxOutputBytes?: number;
  /** Standard input; absent: empty. */
  input?: AsyncIterable<Buffer>;
  /**
   * Reads standard output, at any pace; absent: output is collected for the result. The stream ends only after the tool
   * has succeeded; otherwise it breaks with `ToolEndedEarly`, so that half an output is never taken for all of it.
   */
  consume?: (output: AsyncIterable<Buffer>) => Promise<void>;
  /** A named pipe that it writes: `consume` reads that, and what is printed is thrown away. */
  pipe?: string;
  /**
   * Reads standard output line by line as it arrives, instead of collecting it; true: it keeps what it read.
   * `maxOutputBytes` then limits what is kept rather than what is printed. An error that it throws ends the tool and is
   * thrown.
   */
  lines?: (line: string) => boolean;
  /** A file that the tool writes; if it exceeds this size the tool is ended, before the disk is full. */
  makes?: { file: string; maxBytes: number };
  /** If the command's end is unknown, it may have changed the cluster. */
  mutates: boolean;
  /**
   * The tool runs statement after statement by itself, and must not continue after this process was killed: the next
   * attempt starts from the beginning, and the old one's statements would interfere.
   */
  endsWithUs?: boolean;
  /** What it runs, if that comes from a file rather than its arguments; for recorded calls. */
  script?: string;
}

export interface ToolResult {
  exitCode: number;
  stdout: string;
  /** At most its first and last 64 KiB, in complete lines. */
  stderr: string;
}

/** Kept of the beginning of standard error, where the first error is, and as much of its end. */
const STDERR_BYTES = 64 * 1024;
/** Between asking a tool to end and killing it. */
const KILL_AFTER_MS = 2_000;
/** A disk can write some hundred MB in this time. */
const FILE_CHECK_INTERVAL_MS = 250;

/**
 * Runs one executable without a shell, in its own process group, and waits for its end. Resolves with any exit code.
 *
 * An error that `input` or `consume` throws ends the tool and is thrown. If the input breaks off, the tool sees an
 * ordinary end of standard input: what must not take partial effect has to be protected by the input itself (BEGIN at
 * its start, COMMIT at its end).
 *
 * Without streams it waits for its turn among the tools of this process (`ToolPlaces`).
 *
 * Fails with `ToolMissing`, or with `ToolFailed` if the tool was ended (time-out, caller's signal, too much output, or
 * someone else's kill); the outcome of a mutating command is then `unknown`. The process group is gone when this
 * returns.
 */
export async function runTool(run: ToolRun): Promise<ToolResult> {
  if (run.input ?? run.consume) return await runRecorded(run);
  const giveBack = await toolPlaces.take(run.signal);
  try {
    return await runRecorded(run);
  } finally {
    giveBack();
  }
}

/** The same, reported to listeners of this process's calls. */
async function runRecorded(run: ToolRun): Promise<ToolResult> {
  if (!hasCallListeners()) return await startTool(run);
  const at = new Date();
  const call = {
    kind: 'tool' as const,
    at,
    tool: run.tool,
    args: run.args,
    ...given({ script: run.script }),
  };
  const milliseconds = (): number => Date.now() - at.getTime();
  const { lines } = run;
  const printed: string[] = [];
  let recordableBytes: number = LIMITS.listBytes;
  const recorded = lines && {
    ...run,
    lines: (line: string): boolean => {
      recordableBytes -= line.length + 1;
      if (recordableBytes >= 0) printed.push(`${line}\n`);
      return lines(line);
    },
  };
  try {
    const result = await startTool(recorded ?? run);
    const { exitCode, stderr } = result;
    const stdout = lines ? printed.join('') : result.stdout;
    const made = run.makes && exitCode === 0 ? shortText(run.makes.file) : undefined;
    notifyCall({
      ...call,
      milliseconds: milliseconds(),
      exitCode,
      stderr,
      ...(run.consume ? {} : { stdout }),
      ...given({ made }),
    });
    return result;
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    notifyCall({ ...call, milliseconds: milliseconds(), stderr: '', failure });
    throw error;
  }
}

/** The text of a file that is short enough to be recorded in full. */
function shortText(file: string): string | undefined {
  return sizeOf(file) > LIMITS.answerBytes ? undefined : readFileSync(file, 'utf8');
}

async function startTool(run: ToolRun): Promise<ToolResult> {
  const path = run.folder === undefined ? run.tool : join(run.folder, run.tool);
  const { maxOutputBytes = LIMITS.answerBytes } = run;
  const outcome = run.mutates ? 'unknown' : 'refused';
  const failed = (
    reason: string,
    more: { timedOutAfterMs?: number; cancelled?: boolean; transient: boolean },
    stderr = '',
  ): ToolFailed =>
    new ToolFailed({
      tool: run.tool,
      command: run.command ?? run.tool,
      reason,
      stderrTail: stderr,
      outcome,
      ...more,
    });
  if (run.signal?.aborted) {
    // It was never started, so nothing is unknown.
    throw new ToolFailed({
      tool: run.tool,
      command: run.command ?? run.tool,
      reason: '',
      stderrTail: '',
      outcome: 'refused',
      transient: false,
      cancelled: true,
    });
  }

  return await new Promise<ToolResult>((resolve, reject) => {
    let child: ChildProcess;
    const pipe = run.pipe === undefined ? undefined : readNamedPipe(run.pipe);
    try {
      child = spawn(path, run.args, {
        env: toolEnvironment(run.env),
        stdio: [run.input ? 'pipe' : 'ignore', 'pipe', 'pipe'],
        detached: true,
      });
    } catch (error) {
      // spawn throws for arguments that can't be passed (a NUL byte) and if memory is short
      pipe?.close();
      pipe?.output.destroy();
      reject(startFailure(run, path, error));
      return;
    }

    const unwatch = run.endsWithUs === true && child.pid !== undefined ? killGroupOnExit(child.pid) : () => undefined;
    const stdout = new Pieces();
    let stdoutBytes = 0;
    const stderr = new OutputExcerpt(STDERR_BYTES);
    let ended: ToolFailed | undefined;
    let kill: NodeJS.Timeout | undefined;

    const end = (because: ToolFailed): void => {
      if (ended) return;
      ended = because;
      signalGroup(child, 'SIGTERM');
      kill = setTimeout(() => {
        signalGroup(child, 'SIGKILL');
        // A grandchild in another group may still hold the pipes; its output does not matter.
        child.stdout?.destroy();
        child.stderr?.destroy();
        pipe?.output.destroy();
      }, KILL_AFTER_MS);
    };
    const timer = setTimeout(
      () => end(failed('', { timedOutAfterMs: run.timeoutMs, transient: true }, stderr.text())),
      run.timeoutMs,
    );
    const { makes } = run;
    const look =
      makes &&
      setInterval(() => {
        if (sizeOf(makes.file) > makes.maxBytes) end(fileTooLarge(run.tool, makes.maxBytes, stderr.text()));
      }, FILE_CHECK_INTERVAL_MS);
    const onAbort = (): void => end(failed('', { cancelled: true, transient: false }, stderr.text()));
    run.signal?.addEventListener('abort', onAbort, { once: true });
    const settle = (): void => {
      unwatch();
      clearTimeout(timer);
      clearTimeout(kill);
      clearInterval(look);
      run.signal?.removeEventListener('abort', onAbort);
    };

    let streamed: { error: unknown } | undefined;
    const streams: Promise<void>[] = [];
    const stream = (work: Promise<void>): void => {
      streams.push(
        work.catch((error: unknown) => {
          streamed ??= { error };
          // A tool that has ended by itself gives the reason with its exit code.
          if (!(error instanceof ToolEndedEarly))
            end(failed('its stream was broken', { transient: true }, stderr.text()));
        }),
      );
    };
    const exit = new Promise<number | null>((resolveExit) => {
      child.once('exit', resolveExit);
      child.once('error', () => {
        resolveExit(null);
      });
    });
    void exit.then(() => pipe?.close());
    if (run.input && child.stdin) stream(feed(run.input, child.stdin));
    const tooMuch = (): void => {
      end(failed(`it printed more than ${maxOutputBytes} bytes`, { transient: false }, stderr.text()));
    };
    const read = run.lines;
    const lines =
      read &&
      new LinesOfOutput((line) => {
        if (ended) return;
        if (read(line)) stdoutBytes += Buffer.byteLength(line);
        if (stdoutBytes > maxOutputBytes) tooMuch();
      });
    const readLines = (work: () => void): void => {
      try {
        work();
      } catch (error) {
        streamed ??= { error };
        end(failed('its output could not be parsed', { transient: false }, stderr.text()));
      }
    };
    const printed = pipe?.output ?? child.stdout;
    if (pipe) child.stdout?.resume();
    if (run.consume && printed) stream(run.consume(wholeOutput(printed, exit)));
    else if (lines)
      child.stdout?.on('data', (chunk: Buffer) => {
        if (!ended) readLines(() => lines.push(chunk));
        if (lines.unfinished > LIMITS.answerBytes) tooMuch();
      });
    else
      child.stdout?.on('data', (chunk: Buffer) => {
        stdoutBytes += chunk.length;
        if (stdoutBytes <= maxOutputBytes) stdout.add(chunk);
        else tooMuch();
      });
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr.push(chunk);
    });
    child.on('error', (error) => {
      if (child.pid !== undefined) return; // a failed kill; 'close' follows
      settle();
      reject(startFailure(run, path, error));
    });
    child.on('close', (exitCode, signal) => {
      if (lines && exitCode === 0) readLines(() => lines.end());
      settle();
      void Promise.all(streams).then(() => {
        closed(exitCode, signal);
      });
    });
    const closed = (exitCode: number | null, signal: NodeJS.Signals | null): void => {
      if (streamed && !(streamed.error instanceof ToolEndedEarly) && ended?.cancelled !== true) {
        signalGroup(child, 'SIGKILL');
        reject(streamed.error);
      } else if (ended) {
        signalGroup(child, 'SIGKILL'); // child processes that the tool left behind
        reject(ended);
      } else if (exitCode === null) {
        reject(failed(`${signal ?? 'a signal'} ended it`, { transient: true }, stderr.text()));
      } else if (exitCode === 0 && streamed) {
        reject(failed('it exited before it had read its whole input', { transient: true }, stderr.text()));
      } else {
        resolve({ exitCode, stdout: stdout.whole().toString('utf8'), stderr: stderr.text() });
      }
    };
  });
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // ESRCH: the whole group has already ended, as intended.
  }
}

const MISSING: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file, or the program named in its first line is missing',
  ENOTDIR: 'the folder named is a file',
  EACCES: 'it may not be executed',
  ENOEXEC: 'it is not an executable for this system',
};

/** Nothing was started, so nothing was changed. */
function startFailure(run: ToolRun, path: string, error: unknown): ToolMissing | ToolFailed {
  const { code, message } = error as { code?: string; message?: string };
  const missing = MISSING[code ?? ''];
  if (missing !== undefined) return new ToolMissing(run.tool, path, missing);
  return new ToolFailed({
    tool: run.tool,
    command: run.command ?? run.tool,
    reason: `it could not be started (${code ?? message ?? 'no reason given'})`,
    stderrTail: '',
    outcome: 'refused',
    transient: code === 'EAGAIN' || code === 'EMFILE' || code === 'ENFILE' || code === 'ENOMEM',
  });
}
