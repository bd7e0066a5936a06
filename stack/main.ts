import { join } from 'node:path';
import { runningStackJson } from './running-stack';
import { startStack, type RunningStack, type StackJson } from './index';
import { packageFolder } from './tools';
import { runTour } from './tour';

interface Arguments {
  once: boolean;
  tour: boolean;
  dialect: '2.6' | '2025.1';
}

function readArguments(argv: string[]): Arguments {
  const dialect = argv[argv.indexOf('--dialect') + 1];
  const unknown = argv.filter(
    (arg, i) => !['--once', '--no-tour', '--dialect'].includes(arg) && argv[i - 1] !== '--dialect',
  );
  if (unknown.length > 0 || (argv.includes('--dialect') && dialect !== '2.6' && dialect !== '2025.1')) {
    throw new Error(
      `Not understood: ${unknown.join(' ') || `--dialect ${dialect ?? ''}`}. Usage: npm start -- [--once] [--no-tour] [--dialect 2.6|2025.1]`,
    );
  }
  return {
    once: argv.includes('--once'),
    tour: !argv.includes('--no-tour'),
    dialect: argv.includes('--dialect') ? (dialect as Arguments['dialect']) : '2025.1',
  };
}

/** A small cluster on one machine answers at once: look often. */
const QUICK = {
  pollInterval: '300ms',
  ownerPollInterval: '1s',
  lockPollInterval: '200ms',
  rpcTimeout: '10s',
  retryPause: '500ms',
  retryPauseMax: '5s',
  progressInterval: '5s',
  shutdownGrace: '5s',
};
const home = process.env['KALPA_HOME'] ?? join(packageFolder, '.kalpa');
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

function links({ temporal, s3, ysql }: StackJson): string[] {
  const form = `${temporal.ui}/namespaces/${temporal.namespace}/workflows/start-workflow?taskQueue=kalpa%2Fdemo&workflowType=backUpDatabase`;
  return [
    '',
    `  Temporal UI    ${temporal.ui}`,
    `  Back up now    ${form}`,
    `                 with the input {"database": "ysql.orders"}`,
    `  YSQL           psql -h ${ysql.host} -p ${ysql.port} -U ${ysql.user} orders   (an emulated YugabyteDB: see emulator/README.md)`,
    `  S3             ${s3.endpoint}/${s3.bucket}/${s3.prefix}`,
    `  Command line   npx kalpa --help`,
    '',
  ];
}

async function main(): Promise<void> {
  const options = readArguments(process.argv.slice(2));
  const running = runningStackJson(home);
  if (running) {
    say('The embedded stack is running already.');
    links(running).forEach(say);
    say('Stop it with Ctrl-C where it was started.');
    return;
  }
  let interrupted = false;
  const starting = startStack({
    home,
    timing: QUICK,
    dialect: options.dialect,
    preferredPorts: true,
    onLine: say,
    cancelled: () => interrupted,
  });
  const ended = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (!interrupted) say('\nStopping everything that was started …');
        interrupted = true;
        resolve();
      });
    }
  });
  say('Starting Temporal, an S3 store, an emulated YugabyteDB cluster and four workers …');
  const stack: RunningStack | undefined = await starting.catch((error: unknown) => {
    if (interrupted) return undefined;
    throw error;
  });
  if (!stack || interrupted) {
    await stack?.stop();
    process.exitCode = 130;
    return;
  }
  try {
    if (options.tour) await Promise.race([runTour(stack.json, say), ended]);
    if (!options.once && !interrupted) {
      links(stack.json).forEach(say);
      say('Everything runs. Stop it with Ctrl-C.');
      await ended;
    }
  } finally {
    await stack.stop();
  }
  if (options.once && interrupted) process.exitCode = 130;
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
