import { FaultCluster } from '../support/cluster/fault-cluster';
import { Draws } from '../support/draws';
import { EVERY } from '../support/ledger';
import { stackJson } from '../support/stack';
import { FaultyStore } from '../support/store/faulty-store';
import { failures } from './ending';
import { Fire } from './fire';
import { backUpInPeace, listed, nothingNew, quiet, restores, swept, whole } from './invariants';
import { drawn } from './operations';
import { Scene } from './scene';
import { Story } from './story';
import { YcqlStoryDatabase } from './ycql-story-database';
import { YsqlStoryDatabase } from './ysql-story-database';

/** What is played; the same again is the same choices, not the same moments. */
export interface Torture {
  seed: number;
  /** Ends after so many rounds, or the round in which so many minutes are over. */
  rounds: number;
  minutes?: number;
  /** How it is played again, up to this round. */
  replay: (round: number) => string;
  /** What runs as processes of its own and is killed. */
  apart: readonly string[];
  /** Processes of the stack, which are killed too. */
  ofTheStack: readonly string[];
  /** How long workers wait for things. */
  timing?: Record<string, string>;
  /** Databases and keyspaces that change, two or three; the cluster keeps the history of the first so many. */
  stories: number;
  recoverable: number;
  /** Operations at once in a round, at most. */
  maxConcurrency: number;
  /** So often everything that is kept is read and swept, and a rerun uploads nothing. */
  checksAllEvery: number;
  /** At the end what was made under fire is restored; `all`: everything that is kept, and every byte is hashed. */
  proves: 'all' | 'under fire';
  /** Between two changes of a database. */
  maxPauseMs: number;
  /** Called after each round. */
  report?: (survived: Survived) => void;
}

export interface Survived {
  seed: number;
  rounds: number;
  kept: number;
  ended: boolean;
  seconds: number;
  /** How often each fault struck. */
  struck: Record<string, number>;
  /** How often each operation ended in which way, by `<operation>: <ending>`. */
  endings: Record<string, number>;
  failures: readonly string[];
}

const POLICIES = { keep: { last: 4 }, minimumCopies: 2, dumps: { keep: { last: 2 } } };

/** Plays a seed: fails with the round, what was not as it must be, and how to play it again. */
export async function play(torture: Torture): Promise<Survived> {
  const { seed } = torture;
  const store = await FaultyStore.before(stackJson().s3.endpoint);
  const cluster = await FaultCluster.make({
    dialect: '2025.1',
    apart: [...torture.apart],
    janitor: true,
    policies: POLICIES,
    ...(torture.timing ? { timing: torture.timing } : {}),
    s3Endpoint: store.url,
  });
  try {
    return await new Play(torture, cluster, store).play();
  } catch (error) {
    throw new Error(`Seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    await cluster.stop();
    await store.stop();
  }
}

class Play {
  private readonly startedAt = Date.now();
  private readonly endings: Record<string, number> = {};
  private round = 0;

  constructor(
    private readonly torture: Torture,
    private readonly cluster: FaultCluster,
    private readonly store: FaultyStore,
  ) {}

  async play(): Promise<Survived> {
    const { cluster, store, torture } = this;
    const stories = await this.stories();
    const recoverable = stories.slice(0, torture.recoverable);
    const scene = new Scene(cluster, stories, recoverable, new Draws(torture.seed));
    const fire = new Fire(scene, store, torture);
    await this.orHow(async () => {
      for (const { database } of recoverable) await cluster.run('enablePointInTimeRecovery', { database, ...EVERY });
      for (const story of stories) await backUpInPeace(scene, story);
    });
    const until = this.startedAt + (torture.minutes ?? Infinity) * 60_000;
    while (this.round < torture.rounds && Date.now() < until) {
      this.round += 1;
      await this.orHow(async () => {
        await this.playRound(scene, fire);
      });
      torture.report?.(this.survived(scene, fire, false));
    }
    await this.orHow(async () => {
      if (this.round % torture.checksAllEvery !== 0) await this.checkAll(scene);
      for (const kept of scene.alive)
        if (kept.restoredIn !== this.round && (torture.proves === 'all' || kept.underFire))
          await restores(scene, kept, this.round);
    });
    const survived = this.survived(scene, fire, true);
    torture.report?.(survived);
    return survived;
  }

  private async stories(): Promise<Story[]> {
    const { cluster } = this;
    const { seed, maxPauseMs } = this.torture;
    const tellings = [
      async (draws: Draws) => await YsqlStoryDatabase.begin(cluster, 'first', draws),
      async (draws: Draws) => await YcqlStoryDatabase.begin(cluster, 'second', draws),
      async (draws: Draws) => await YsqlStoryDatabase.begin(cluster, 'third', draws),
    ];
    const stories: Story[] = [];
    for (const [i, begin] of tellings.slice(0, this.torture.stories).entries()) {
      const draws = new Draws(seed * tellings.length + i);
      stories.push(await Story.begin(await begin(draws), draws, maxPauseMs));
    }
    return stories;
  }

  /** A failure says in which round it was, and how to see it again. */
  private async orHow(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`round ${this.round}: ${why}\nAgain: ${this.torture.replay(this.round)}`, { cause: error });
    }
  }

  private async playRound(scene: Scene, fire: Fire): Promise<void> {
    const operations = Array.from({ length: 1 + scene.draws.below(this.torture.maxConcurrency) }, () =>
      drawn(scene),
    ).filter((operation, i, all) => all.indexOf(operation) === i || operation.name !== 'rewind');
    for (const story of scene.stories) story.write();
    const raging = fire.rage();
    const results = await Promise.allSettled(
      operations.map(async ({ name, run }) => {
        const ending = await run(scene, this.round);
        this.endings[`${name}: ${ending}`] = (this.endings[`${name}: ${ending}`] ?? 0) + 1;
      }),
    );
    await raging;
    await fire.out();
    for (const story of scene.stories) await story.pause();
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    await this.checkRound(scene);
  }

  private async checkRound(scene: Scene): Promise<void> {
    await quiet(scene);
    await listed(scene);
    const [longest] = [...scene.alive].sort((a, b) => a.restoredIn - b.restoredIn);
    if (longest) await restores(scene, longest, this.round);
    if (this.round % this.torture.checksAllEvery === 0) await this.checkAll(scene);
  }

  private async checkAll(scene: Scene): Promise<void> {
    await nothingNew(scene, this.round);
    await swept(scene);
    await listed(scene);
    if (this.torture.proves === 'all') for (const kept of scene.alive) await whole(scene, kept);
  }

  private survived(scene: Scene, fire: Fire, ended: boolean): Survived {
    return {
      seed: this.torture.seed,
      rounds: this.round,
      kept: scene.kept.length,
      ended,
      seconds: (Date.now() - this.startedAt) / 1000,
      struck: { ...fire.struck, ...this.store.struck },
      endings: this.endings,
      failures,
    };
  }
}
