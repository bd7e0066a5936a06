import './in-jest';
import { playSeed } from './play-seed';
import { running } from './running';
import { heldBackup, scenario } from './scenario';

/**
 * What is planted together, the complaint, and the first seed that comes to it: a change of the model moves them, so
 * some more are tried.
 */
const MISTAKES: { mistakes: string[]; complaint: RegExp; from: number; of?: typeof scenario }[] = [
  { mistakes: ['a sweep does not ask who refers to what it removes'], complaint: /needs it/, from: 1 },
  { mistakes: ['a sweep does not look which objects are referred to'], complaint: /needs it/, from: 1 },
  { mistakes: ['no grace is waited for'], complaint: /its grace is/, from: 1 },
  { mistakes: ['an unsigned record is believed'], complaint: /needs it|is swept|Listed as committed/, from: 38 },
  { mistakes: ['the minimum of copies counts for nothing'], complaint: /are always to be/, from: 3 },
  { mistakes: ['leases count for nothing in a sweep'], complaint: /a restore reads it/, from: 58 },
  { mistakes: ['holds count for nothing'], complaint: /is held/, from: 1, of: heldBackup },
];
const WITHIN = 50;

describe('a mistake in the product', () => {
  afterEach(() => {
    running.planted = [];
  });

  it.each(MISTAKES)(
    '$mistakes: the model finds it',
    async ({ mistakes, complaint, from, of = scenario }) => {
      running.planted = mistakes;
      let found: string | undefined;
      for (let seed = from; found === undefined && seed < from + WITHIN; seed += 1)
        found = await playSeed(seed, { shrinking: false, of }).then(
          () => undefined,
          (error: unknown) => String(error),
        );
      expect(found ?? 'nothing').toMatch(complaint);
    },
    600_000,
  );
});
