import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Draws } from '../support/draws';
import { FaultCluster } from '../support/cluster/fault-cluster';
import { EVERY } from '../support/ledger';
import { stackJson } from '../support/stack';
import { FaultyStore } from '../support/store/faulty-store';
import { failures } from './ending';
import { APART, Fire } from './fire';
import { backUpInPeace, listed, nothingNew, quiet, restores, swept, whole } from './invariants';
import { drawn } from './operations';
import { Scene } from './scene';
import { Story } from './story';

const SEED = Number(process.env['KALPA_TORTURE_SEED'] ?? 1);
/** Whichever comes first. */
const ROUNDS = Number(process.env['KALPA_TORTURE_ROUNDS'] ?? 3);
const MINUTES = Number(process.env['KALPA_TORTURE_MINUTES'] ?? Infinity);
const REPORT = process.env['KALPA_TORTURE_REPORT'];
/** Operations at once in a round. */
const MAX_CONCURRENCY = 3;
/** So often everything that is kept is verified and swept, and a rerun uploads nothing. */
const EVERY_ROUNDS = 3;

const POLICIES = { keep: { last: 4 }, minimumCopies: 2, dumps: { keep: { last: 2 } } };

/** How often each operation ended in which way, by `<operation> <ending>`. */
const endings: Record<string, number> = {};

async function playRound(scene: Scene, fire: Fire, round: number): Promise<void> {
  const operations = Array.from({ length: 1 + scene.draws.below(MAX_CONCURRENCY) }, () => drawn(scene)).filter(
    (operation, i, all) => all.indexOf(operation) === i || operation.name !== 'rewind',
  );
  for (const story of scene.stories) story.write();
  const raging = fire.rage();
  const results = await Promise.allSettled(
    operations.map(async ({ name, run }) => {
      const ending = await run(scene, round);
      endings[`${name}: ${ending}`] = (endings[`${name}: ${ending}`] ?? 0) + 1;
    }),
  );
  await raging;
  await fire.out();
  for (const story of scene.stories) await story.pause();
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  await checkRound(scene, round);
}

async function checkRound(scene: Scene, round: number): Promise<void> {
  await quiet(scene);
  await listed(scene);
  const [longest] = [...scene.alive].sort((a, b) => a.restoredIn - b.restoredIn);
  if (longest) await restores(scene, longest, round);
  if (round % EVERY_ROUNDS === 0) await checkAll(scene, round);
}

async function checkAll(scene: Scene, round: number): Promise<void> {
  await nothingNew(scene, round);
  await swept(scene);
  await listed(scene);
  for (const kept of scene.alive) await whole(scene, kept);
}

it(
  `seed ${SEED}: whatever fails, what is kept restores to exactly what it recorded, and nothing is left behind`,
  async () => {
    const startedAt = Date.now();
    const store = await FaultyStore.before(stackJson().s3.endpoint);
    const draws = new Draws(SEED);
    const cluster = await FaultCluster.make({
      dialect: '2025.1',
      apart: APART,
      janitor: true,
      policies: POLICIES,
      s3Endpoint: store.url,
    });
    const stories = [
      await Story.begin(cluster, 'first', new Draws(SEED * 2)),
      await Story.begin(cluster, 'second', new Draws(SEED * 2 + 1)),
    ];
    const scene = new Scene(cluster, stories, draws);
    const fire = new Fire(scene, store);
    const report = (more: object): void => {
      if (REPORT === undefined) return;
      const seconds = (Date.now() - startedAt) / 1000;
      const struck = { ...fire.struck, ...store.struck };
      mkdirSync(dirname(REPORT), { recursive: true });
      writeFileSync(
        REPORT,
        `${JSON.stringify({ seed: SEED, ...more, seconds, struck, endings, failures }, undefined, 1)}\n`,
      );
    };
    let round = 0;
    try {
      await cluster.run('enablePointInTimeRecovery', { database: stories[0]?.database, ...EVERY });
      for (const story of stories) await backUpInPeace(scene, story);
      while (round < ROUNDS && Date.now() - startedAt < MINUTES * 60_000) {
        round += 1;
        try {
          await playRound(scene, fire, round);
        } catch (error) {
          const replay = `npm run torture -- --seed ${SEED} --rounds ${round}`;
          throw new Error(`Round ${round} of seed ${SEED}: ${String(error)}\nAgain: ${replay}`, { cause: error });
        }
        report({ rounds: round, kept: scene.kept.length });
      }
      if (round % EVERY_ROUNDS !== 0) await checkAll(scene, round);
      for (const kept of scene.alive) await restores(scene, kept, round);
      report({ rounds: round, kept: scene.kept.length, ended: true });
    } finally {
      await cluster.stop();
      await store.stop();
    }
  },
  Number.isFinite(MINUTES) ? (MINUTES + 20) * 60_000 : ROUNDS * 600_000,
);
