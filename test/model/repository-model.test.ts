import './stand-ins';
import { writeFileSync } from 'node:fs';
import { playSeed } from './play-seed';

const SEEDS = Number(process.env['KALPA_MODEL_SEEDS'] ?? 60);
const FROM = Number(process.env['KALPA_MODEL_SEED'] ?? 1);
const REPORT = process.env['KALPA_MODEL_REPORT'];

describe('the repository, with every part of it at once, killed and disturbed', () => {
  it(`keeps its promises with each of ${SEEDS} seeds from ${FROM} on`, async () => {
    const ends: Record<string, number> = {};
    const struck: Record<string, number> = {};
    const failures: string[] = [];
    let turns = 0;
    const began = process.cpuUsage();
    for (let seed = FROM; seed < FROM + SEEDS; seed += 1) {
      try {
        const played = await playSeed(seed);
        turns += played.turns;
        for (const [what, n] of Object.entries(played.ends)) ends[what] = (ends[what] ?? 0) + n;
        for (const [what, n] of Object.entries(played.struck)) struck[what] = (struck[what] ?? 0) + n;
      } catch (error) {
        if (REPORT === undefined) throw error;
        failures.push((error as Error).message);
      }
      if (REPORT !== undefined && (seed - FROM + 1) % 100 === 0) report(seed);
    }
    if (REPORT !== undefined) report(FROM + SEEDS - 1);
    expect(failures).toEqual([]);
    // A model in which nothing happens proves nothing.
    if (SEEDS >= 50)
      for (const what of [
        'backup complete',
        'backup failed',
        'restore complete',
        'retention complete',
        'verify complete',
      ])
        expect(ends[what] ?? 0).toBeGreaterThan(0);

    function report(last: number): void {
      const { user, system } = process.cpuUsage(began);
      const seconds = Math.round((user + system) / 1e6);
      const told = {
        from: FROM,
        last,
        seeds: last - FROM + 1,
        failed: failures.length,
        seconds,
        turns,
        ends,
        struck,
        failures,
      };
      writeFileSync(REPORT ?? '', `${JSON.stringify(told, undefined, 1)}\n`);
    }
  }, 86_400_000);
});
