import { dirname, join, resolve } from 'node:path';
import { readArguments, USAGE, UsageError, type StackArguments } from './arguments';
import { startStack, type RunningStack, type StackJson } from './index';
import { Interruption } from './processes/interruption';
import { runningStackJson } from './running-stack';
import { packageFolder } from './tools';
import { runTour } from './demo/tour';

/** Waits that are short enough for a person who watches; production values are in src/contract/timing.ts. */
const DEMO_TIMING = {
  pollInterval: '300ms',
  ownerPollInterval: '1s',
  lockPollInterval: '500ms',
  heartbeatTimeout: '5s',
  retryPause: '500ms',
  retryPauseMax: '10s',
  progressInterval: '2s',
  stickyQueueTimeout: '2s',
  shutdownGrace: '5s',
};

/** What the tour's dry run of retention shows. */
const DEMO_POLICIES = { keep: { last: 3, daily: 7, weekly: 4 } };

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** The embedded stack in the foreground. Returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true'; // not something that a reader of this output can act on
  process.stdout.on('error', () => undefined); // the reader of our output has gone; the stack keeps running
  const options = readArguments(argv);
  const home = resolve(process.env['KALPA_HOME'] ?? join(packageFolder, '.kalpa'));
  if (options.help) {
    print(USAGE);
    return 0;
  }
  const running = await runningStackJson(home, () =>
    print(`The stack in ${home} is already being started; waiting for it …`),
  );
  if (running) {
    print('The stack is running already.');
    links(running).forEach(print);
    print('Stop it with Ctrl-C where it was started.');
    return 0;
  }
  const interruption = new Interruption(() =>
    print('\nStopping everything that was started (the store takes some seconds; Ctrl-C again ends it at once) …'),
  );
  return await runStack(home, options, interruption);
}

async function runStack(
  home: string,
  { once, tour, dialect }: StackArguments,
  interruption: Interruption,
): Promise<number> {
  print('Starting Temporal, an S3 store, an emulated YugabyteDB cluster and four workers …');
  const stack = await startStack({
    home,
    preferredPorts: true,
    timing: DEMO_TIMING,
    policies: DEMO_POLICIES,
    onLine: print,
    cancelled: () => interruption.happened,
    ...(dialect === undefined ? {} : { dialect }),
  }).catch((error: unknown) => {
    if (interruption.happened) return undefined;
    throw error;
  });
  if (!stack) return INTERRUPTED;
  interruption.onSecond(() => stack.killAll());
  try {
    if (tour) await Promise.race([giveTour(stack.json, once), interruption.first]);
    if (interruption.happened) return INTERRUPTED;
    if (once) return 0;
    links(stack.json).forEach(print);
    print('Everything is running, and is restarted if it dies. Stop it with Ctrl-C.');
    await interruption.first;
    return 0;
  } finally {
    await stop(stack, interruption);
  }
}

/** The exit code by the shells' convention: 128 plus the number of SIGINT. */
const INTERRUPTED = 130;

/** A tour that fails ends `--once`; otherwise the stack keeps running, for inspection. */
async function giveTour(json: StackJson, once: boolean): Promise<void> {
  try {
    await runTour(json, print);
  } catch (error) {
    if (once) throw error;
    print(
      `\nThe tour failed: ${messageOf(error)}\nThe stack keeps running; the runs and their histories are in the Temporal UI.`,
    );
  }
}

async function stop(stack: RunningStack, interruption: Interruption): Promise<void> {
  if (!interruption.happened) print('\nStopping everything that was started (the store takes some seconds) …');
  await stack.stop();
  print('Stopped.');
}

function links({ temporal, s3, ysql, config }: StackJson): string[] {
  const form = `${temporal.ui}/namespaces/${temporal.namespace}/workflows/start-workflow?taskQueue=kalpa%2Fdemo&workflowType=backUpDatabase`;
  return [
    '',
    `  Temporal UI   ${temporal.ui}`,
    `  Back up now   ${form}`,
    `                input: {"database": "ysql.orders"}`,
    `  YSQL          postgresql://${ysql.user}@${ysql.host}:${ysql.port}/orders   (an emulated YugabyteDB, see emulator/README.md)`,
    `                its password: ${join(dirname(config), '..', 'cluster', 'postgres.password')}`,
    `  S3            ${s3.endpoint}/${s3.bucket}/${s3.prefix}`,
    `  Command line  npx kalpa --help`,
    '',
  ];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Runs `main` as this process: errors are sentences, not stack traces. */
export function runAsProcess(argv: readonly string[]): void {
  main(argv).then(
    (code) => process.exit(code),
    (error: unknown) => {
      process.stderr.write(`${messageOf(error)}\n`);
      process.exit(error instanceof UsageError ? 2 : 1);
    },
  );
}

if (require.main === module) runAsProcess(process.argv.slice(2));
