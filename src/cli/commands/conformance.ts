import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { defineCommand } from '../core/define-command';
import { EXIT } from '../core/exit-codes';
import { modules } from '../core/modules';
import { Session, type CommandContext } from '../core/session';
import { given } from '../../objects/given';
import { compactUtc } from '../../objects/texts';

interface Options {
  chapters?: ChapterName[];
  short?: boolean;
  out?: string;
  with?: string[];
}

/** Named here too: `--help` must not load what the command needs. */
const CHAPTERS = ['backup', 'restore', 'snapshots', 'pitr', 'dumps'] as const;
type ChapterName = (typeof CHAPTERS)[number];

/** `kalpa conformance`: what no emulator can prove, on the configured cluster. */
export function conformanceCommand(context: CommandContext): Command {
  const command = defineCommand(
    'conformance',
    'Run every procedure on its own databases, compare row by row, record what the cluster returns, and drop everything again.',
    {
      examples: [
        'kalpa conformance',
        'kalpa conformance --short',
        'kalpa conformance --chapters backup,restore --out conformance --json',
      ],
      exits: {
        0: 'everything is as documented',
        1: 'something differs: report.md says what',
        2: undefined,
        4: undefined,
        130: 'Ctrl-C; everything it created has been dropped',
      },
    },
  )
    .option('--chapters <names>', `some of ${CHAPTERS.join(',')} (default: all)`, chapterNames)
    .option('--short', 'each procedure once, on a database or a keyspace in turn, with fewer kinds of objects')
    .option(
      '--with <files...>',
      'transcripts of other workers (KALPA_TRANSCRIPT in their environment), merged into this one',
      (file: string, before: string[] | undefined) => [...(before ?? []), readable(resolve(context.io.cwd, file))],
    )
    .option('--out <folder>', 'where report.md, report.json and transcript.ndjson go (default: conformance-<time>)');
  return command.action(async ({ chapters, short, out, with: recordedByWorkers }: Options) => {
    const session = new Session(context, command);
    const { io } = session;
    const folder = resolve(io.cwd, out ?? `conformance-${compactUtc(io.now())}`);
    const { Recorder, runConformance, startControlWorker, differs, stepLine, summaryLine } = modules.conformance();
    const interruption = new AbortController();
    const stopListening = io.onInterrupt(() => {
      interruption.abort();
    });
    const recorder = new Recorder();
    try {
      const report = await session.withClient(async (client, resolved) => {
        recorder.start();
        const worker = await startControlWorker(resolved, io.env, (line) => {
          io.stderr.write(line);
        });
        try {
          return await runConformance({
            resolved,
            client,
            out: folder,
            interrupt: interruption.signal,
            recorder,
            onStep: (step) => {
              session.line(stepLine(step));
            },
            say: (text) => {
              session.remark(text);
            },
            ...given({ chapters, short, recordedByWorkers }),
          });
        } finally {
          await worker.stop();
          recorder.stop();
        }
      });
      session.print(
        { folder, differs: differs(report), ...report },
        () => `${summaryLine(report)}\n${folder}/report.md`,
      );
      context.exit(report.interrupted ? EXIT.interrupted : differs(report) ? EXIT.failed : EXIT.done);
    } finally {
      stopListening();
    }
  });
}

/** They are read when everything is done, which takes minutes: a wrong name is told before. */
function readable(file: string): string {
  try {
    accessSync(file, constants.R_OK);
    return file;
  } catch (error) {
    throw new InvalidArgumentError(
      `${file} can't be read: ${error instanceof Error ? error.message : String(error)}. Start the worker that is to record with KALPA_TRANSCRIPT=<file> in its environment.`,
    );
  }
}

function chapterNames(text: string): ChapterName[] {
  const names = text.split(',').map((name) => name.trim());
  const known = (name: string): name is ChapterName => CHAPTERS.some((one) => one === name);
  const unknown = names.find((name) => !known(name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`There is no chapter "${unknown}". Chapters: ${CHAPTERS.join(', ')}.`);
  return names.filter(known);
}
