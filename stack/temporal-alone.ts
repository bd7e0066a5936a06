import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { choosePorts } from './free-ports';
import { HOST } from './host';
import { stackEnvironment } from './environment';
import { runningSupervisor, takeHome } from './processes/process-record';
import { Supervisor } from './processes/supervisor';
import { raiseRetention, temporalService } from './servers/temporal';
import { portOf } from './stack-ports';
import { packageFolder, stackTools } from './tools';

const PREFERRED_UI_PORT = 8233;
/** How long the process of a command that was killed a moment ago may take to end. */
const STOPS_WITHIN_MS = 20_000;
const POLL_MS = 100;

/**
 * Temporal alone, for the command that started this process: at the given port, with its state in a home of its own.
 * Prints where it is as one line of JSON once it is ready, and ends when its standard input does, so that it never
 * outlives that command, however it ended.
 */
async function main(port: number): Promise<void> {
  const home = resolve(process.env['KALPA_HOME'] ?? join(packageFolder, '.kalpa'), 'conformance');
  const { temporal } = stackTools();
  const takeAt = Date.now() + STOPS_WITHIN_MS;
  while (runningSupervisor(home) !== undefined && Date.now() < takeAt) await sleep(POLL_MS);
  await takeHome(home, () => undefined);
  let ended = false;
  const end = new Promise<void>((done) => {
    process.stdin.resume().once('close', () => {
      ended = true;
      done();
    });
  });
  const supervisor = new Supervisor(home, undefined, () => ended);
  try {
    const env = stackEnvironment(home);
    const ports = await choosePorts(join(home, 'ports.json'), {
      temporalUi: PREFERRED_UI_PORT,
      temporalHttp: undefined,
      temporalMetrics: undefined,
    });
    const uiPort = portOf(ports, 'temporalUi');
    await supervisor.start(
      temporalService(temporal, {
        database: join(home, 'temporal', 'temporal.db'),
        discard: false,
        port,
        uiPort,
        httpPort: portOf(ports, 'temporalHttp'),
        metricsPort: portOf(ports, 'temporalMetrics'),
        env,
      }),
    );
    await raiseRetention(temporal, `${HOST}:${port}`, env);
    process.stdout.write(`${JSON.stringify({ address: `${HOST}:${port}`, ui: `http://${HOST}:${uiPort}` })}\n`);
    await end;
  } finally {
    await supervisor.stop();
  }
}

main(Number(process.argv[2])).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
