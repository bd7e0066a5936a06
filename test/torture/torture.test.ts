import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { EVERY_PROCESS, OF_THE_STACK } from './fire';
import { play, type Survived } from './play';

const SEED = Number(process.env['KALPA_TORTURE_SEED'] ?? 1);
/** Whichever comes first. */
const ROUNDS = Number(process.env['KALPA_TORTURE_ROUNDS'] ?? 3);
const MINUTES = Number(process.env['KALPA_TORTURE_MINUTES'] ?? Infinity);
const REPORT = process.env['KALPA_TORTURE_REPORT'];

/** It runs for hours, beside other things, and then everything takes longer. */
const PATIENT = {
  heartbeatTimeout: '10s',
  preflightDeadline: '1m',
  rpcTimeout: '15s',
  rewindTimeout: '30s',
  nodeAnswerTimeout: '30s',
  copyQueueTimeout: '1m',
  phaseDeadline: '10m',
  snapshotDeadline: '2m',
  restoreDeadline: '5m',
  leftoverDeadline: '5m',
  workflowTaskTimeout: '20s',
  stickyQueueTimeout: '5s',
};

function report(survived: Survived): void {
  if (REPORT === undefined) return;
  mkdirSync(dirname(REPORT), { recursive: true });
  writeFileSync(REPORT, `${JSON.stringify(survived, undefined, 1)}\n`);
}

it(
  `seed ${SEED}: whatever fails, what is kept restores to exactly what it recorded, and nothing is left behind`,
  async () => {
    const { ended } = await play({
      seed: SEED,
      rounds: ROUNDS,
      minutes: MINUTES,
      replay: (round) => `npm run torture -- --seed ${SEED} --rounds ${Math.max(1, round)}`,
      apart: EVERY_PROCESS,
      ofTheStack: OF_THE_STACK,
      timing: PATIENT,
      stories: 3,
      recoverable: 2,
      maxConcurrency: 3,
      proves: 'all',
      checksAllEvery: 3,
      maxPauseMs: 120,
      report,
    });
    expect(ended).toBe(true);
  },
  Number.isFinite(MINUTES) ? (MINUTES + 20) * 60_000 : ROUNDS * 600_000,
);
