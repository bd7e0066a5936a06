import { setTimeout as sleep } from 'node:timers/promises';
import type { Draws } from '../support/draws';
import type { FaultCluster } from '../support/cluster/fault-cluster';
import { killProcess } from '../support/cluster/watch-run';
import { until } from '../support/stack';
import { STORM, type FaultyStore } from '../support/store/faulty-store';
import type { Scene } from './scene';

export const EVERY_PROCESS = [
  'control-worker',
  'janitor',
  'node-worker-1',
  'node-worker-2',
  'node-worker-3',
  'emulator',
];
export const OF_THE_STACK = ['temporal', 's3'];
/** Most operations end within this time when nothing goes wrong. */
const STRIKES_WITHIN_MS = 6_000;

const COMMANDS = ['create_database_snapshot', 'import_snapshot', 'restore_snapshot', 'delete_snapshot'];

/** Asks the emulator again while it is being started after a kill. */
async function served(ask: () => Promise<void>): Promise<void> {
  await until('the emulator serves', async () => {
    try {
      await ask();
      return true;
    } catch (error) {
      if (/fetch failed/.test(String(error))) return false; // it can't be reached
      throw error;
    }
  });
}

/** What a round does to the cluster, the store and the workers while its operations run; how often each was done. */
export class Fire {
  readonly struck: Record<string, number> = {};

  constructor(
    private readonly scene: Scene,
    private readonly store: FaultyStore,
    /** Processes of the cluster and of the stack that are killed. */
    private readonly victims: { apart: readonly string[]; ofTheStack: readonly string[] },
  ) {}

  private get draws(): Draws {
    return this.scene.draws;
  }

  private get cluster(): FaultCluster {
    return this.scene.cluster;
  }

  /** Everything is drawn before anything strikes, so that a seed repeats it. */
  rage(): Promise<void> {
    const { draws } = this;
    const storm = draws.chance(0.5);
    const kills = Array.from({ length: draws.below(4) }, () => this.kill());
    const faults = Array.from({ length: draws.below(3) }, () => this.fault());
    const strikes = [...kills, ...faults].map((strike) => ({ strike, afterMs: draws.next() * STRIKES_WITHIN_MS }));
    if (storm) {
      this.count('storm');
      this.store.rage(STORM, () => draws.next());
    }
    return (async (): Promise<void> => {
      await Promise.all(
        strikes.map(async ({ strike: { name, act }, afterMs }) => {
          await sleep(afterMs);
          this.count(name);
          await act();
        }),
      );
    })();
  }

  /** From here on all is well. */
  async out(): Promise<void> {
    this.store.disarm();
    await served(async () => await this.cluster.disarm());
  }

  private count(name: string): void {
    this.struck[name] = (this.struck[name] ?? 0) + 1;
  }

  private kill(): { name: string; act: () => Promise<void> } {
    const { draws, cluster, victims } = this;
    const ofTheStack = draws.chance(0.15) && victims.ofTheStack.length > 0;
    const processes = ofTheStack ? victims.ofTheStack : victims.apart;
    const victim = processes[draws.below(processes.length)] ?? 'control-worker';
    return {
      name: `kill ${victim.replace(/-\d$/, '')}`,
      act: async () => await (ofTheStack ? killProcess(victim) : cluster.kill(victim)),
    };
  }

  private fault(): { name: string; act: () => Promise<void> } {
    const { draws, cluster, scene } = this;
    const command = COMMANDS[draws.below(COMMANDS.length)] ?? '';
    // A keyspace is a database of PostgreSQL to the emulator, under a prefix.
    const database = scene
      .oneOf(scene.stories)
      ?.database.replace(/^ysql\./, '')
      .replace(/^ycql\./, 'ycql/');
    const drawn = draws.below(6);
    const arm = (fault: object) => async (): Promise<void> => await served(async () => await cluster.arm(fault));
    const act = (what: string, body: object) => async (): Promise<void> =>
      await served(async () => await cluster.act(what, body));
    switch (drawn) {
      case 0:
        return { name: `lost reply of ${command}`, act: arm({ name: 'lose-reply', command }) };
      case 1:
        return { name: `failing ${command}`, act: arm({ name: 'fail', command, text: 'Timed out' }) };
      case 2:
        return { name: 'slow commands', act: arm({ name: 'slow', times: 5, ms: 700 }) };
      case 3:
        return { name: 'split', act: act('split', { database }) };
      case 4:
        return { name: 'leaders move', act: act('leader', { database }) };
      default:
        return { name: 'masters restart', act: act('restart-master', { downMs: 700, electionMs: 500 }) };
    }
  }
}
