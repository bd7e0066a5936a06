import './in-jest';
import { playSeed } from './play-seed';

const SEEDS = Number(process.env['KALPA_MODEL_SEEDS'] ?? 60);
const FROM = Number(process.env['KALPA_MODEL_SEED'] ?? 1);

describe('the repository, with every part of it at once, killed and disturbed', () => {
  it(`keeps its promises with each of ${SEEDS} seeds from ${FROM} on`, async () => {
    const ends: Record<string, number> = {};
    for (let seed = FROM; seed < FROM + SEEDS; seed += 1)
      for (const [what, n] of Object.entries((await playSeed(seed)).ends)) ends[what] = (ends[what] ?? 0) + n;
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
  }, 3_600_000);
});
