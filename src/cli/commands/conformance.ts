import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import type { KalpaClient } from '../../client';
import type { ResolvedConfig } from '../../config';
import { CommandError } from '../core/command-error';
import { defineCommand } from '../core/define-command';
import type { StartedTemporal } from '../core/embedded-stack';
import { EXIT } from '../core/exit-codes';
import { modules } from '../core/modules';
import { Session, type CommandContext } from '../core/session';
import { StepList } from '../run/step-list';
import { given } from '../../objects/given';
import { compactUtc } from '../../objects/texts';

interface Options {
  chapters?: ChapterName[];
  short?: boolean;
  out?: string;
  with?: string[];
}

/** Named here too: `--help` must not load what the command needs. */
const CHAPTERS = ['backup', 'restore', 'snapshots', 'dumps', 'pitr'] as const;
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
        3: 'refused before anything was created: a tserver has no node worker',
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
    const { Recorder, requestRecording, runConformance, startControlWorker, differs, stepLine, summaryLine } =
      modules.conformance();
    const interruption = new AbortController();
    const stopListening = io.onInterrupt(() => {
      interruption.abort();
    });
    const recorder = new Recorder();
    let temporal: StartedTemporal | undefined;
    const list = session.json ? undefined : new StepList(io);
    try {
      temporal = await context.parts.startTemporal(session.config());
      if (temporal)
        session.remark(
          `No Temporal answers at the default address: the embedded one runs at ${temporal.address} until this command ends (${temporal.ui}).`,
        );
      const report = await session.withClient(async (client, resolved) => {
        if (!chapters || chapters.some((one) => NEED_NODES.has(one)))
          await checkNodeWorkers(session, { client, resolved, temporal, signal: interruption.signal });
        recorder.start();
        const takeBack = requestRecording(recordedByWorkers ?? []);
        let worker: Awaited<ReturnType<typeof startControlWorker>> | undefined;
        try {
          worker = await startControlWorker(resolved, io.env, (line) => {
            io.stderr.write(line);
          });
          return await runConformance({
            resolved,
            client,
            out: folder,
            interrupt: interruption.signal,
            recorder,
            onBegin: (step) => {
              list?.begin(step);
            },
            onStep: (step) => {
              list?.end(stepLine(step));
            },
            onLine: (text) => {
              list?.erase();
              session.remark(text);
            },
            ...given({ chapters, short, recordedByWorkers }),
          });
        } finally {
          list?.close();
          await worker?.stop();
          recorder.stop();
          takeBack();
        }
      });
      session.print(
        { folder, differs: differs(report), ...report },
        () => `${summaryLine(report)}\n${folder}/report.md`,
      );
      context.exit(report.interrupted ? EXIT.interrupted : differs(report) ? EXIT.failed : EXIT.done);
    } finally {
      await temporal?.stop();
      stopListening();
    }
  });
}

/** Chapters that copy files of nodes. */
const NEED_NODES: ReadonlySet<ChapterName> = new Set(['backup', 'restore', 'pitr']);

/** Throws `CommandError` if a tserver has no node worker: its steps would wait for one for a long time. */
async function checkNodeWorkers(
  session: Session,
  given: { client: KalpaClient; resolved: ResolvedConfig; temporal: StartedTemporal | undefined; signal: AbortSignal },
): Promise<void> {
  const { client, resolved, temporal, signal } = given;
  const { cluster } = resolved.config;
  const tservers = await session.context.parts.openCluster(resolved).tservers();
  const addresses = tservers.flatMap(({ address, alive }) => (alive ? [address] : []));
  const left = await modules.nodeWorkers().tserversWithoutWorker(client.temporal, { cluster, addresses, signal });
  if (left.length === 0 || signal.aborted) return;
  const where =
    temporal === undefined
      ? ''
      : ` The embedded Temporal is reached from this machine alone, at ${temporal.address}: if nodes are other machines, start a Temporal that they reach, and give its address to them and to this command (TEMPORAL_ADDRESS).`;
  throw new CommandError(
    'PreflightFailed',
    `Nothing was created: no node worker takes work for ${left.join(', ')}. Start \`kalpa worker node\` beside each; \`kalpa doctor\` there says why one that runs takes none.${where}`,
    EXIT.refused,
    { details: left },
  );
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
