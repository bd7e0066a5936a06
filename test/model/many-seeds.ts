import { readFileSync, writeFileSync } from 'node:fs';
import { playSeed } from './play-seed';

/** What `npm run torture:model` has seen until now; it stands in a file, so that a run that is cut off is not lost. */
interface Report {
  from: number;
  last: number;
  seeds: number;
  failed: number;
  processorSeconds: number;
  /** Requests to the store, and what became of operations and requests. */
  turns: number;
  ends: Record<string, number>;
  struck: Record<string, number>;
  failures: string[];
}

const EVERY = 100;

/** Plays seeds, goes on when one fails, and writes the report anew after every 100. */
async function playSeeds({ seeds, from, report }: { seeds: number; from: number; report: string }): Promise<void> {
  const told: Report = {
    ...{ from, last: from - 1, seeds: 0, failed: 0, processorSeconds: 0, turns: 0 },
    ...{ ends: {}, struck: {}, failures: [] },
  };
  for (let seed = from; seed < from + seeds; seed += 1) {
    try {
      const played = await playSeed(seed);
      told.turns += played.turns;
      addTo(told.ends, played.ends);
      addTo(told.struck, played.struck);
    } catch (error) {
      told.failures.push((error as Error).message);
    }
    const { user, system } = process.cpuUsage();
    Object.assign(told, { last: seed, seeds: seed - from + 1, failed: told.failures.length });
    told.processorSeconds = Math.round((user + system) / 1e6);
    if (told.seeds % EVERY === 0 || told.seeds === seeds)
      writeFileSync(report, `${JSON.stringify(told, undefined, 1)}\n`);
  }
}

function addTo(sums: Record<string, number>, more: Record<string, number>): void {
  for (const [what, n] of Object.entries(more)) sums[what] = (sums[what] ?? 0) + n;
}

const { seeds, from, report } = JSON.parse(process.env['KALPA_MODEL'] ?? '{}') as Parameters<typeof playSeeds>[0];
playSeeds({ seeds, from, report }).then(
  () => {
    const { failed } = JSON.parse(readFileSync(report, 'utf8')) as Report;
    process.exitCode = failed === 0 ? 0 : 1;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 2;
  },
);
