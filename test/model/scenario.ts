import fc from 'fast-check';
import type { Trouble } from './clockwork';
import { DAY, type WorldTraits } from './world';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** What one of them does, and what befalls it. */
export interface Act {
  what: string;
  /** Which backup it is about, counted from the newest; an id that does not exist yet is skipped. */
  about: number;
  /** Milliseconds since the one before. */
  afterMs: number;
  troubles: Trouble[];
}

/** Everything that happens, but for the order of requests and their faults, which `order` says. */
export interface Scenario {
  traits: WorldTraits;
  order: number;
  /** Backups that are there when it begins, made in peace, a day after each other. */
  before: number;
  writer: Act[];
  reader: Act[];
  janitor: Act[];
  otherJanitor: Act[];
  verifier: Act[];
  people: Act[];
  accidents: Act[];
  /** What is looked at when all is over. */
  ending: 'proved' | 'removed';
}

const AFTER = [0, 0, MINUTE, HOUR, 4 * HOUR, DAY, 2 * DAY, 4 * DAY, 8 * DAY];
const FOR = [MINUTE, HOUR, DAY, 2 * DAY, 9 * DAY];

const trouble = (hows: readonly Trouble['how'][], longest: number): fc.Arbitrary<Trouble> =>
  fc.record({
    at: fc.integer({ min: 1, max: 60 }),
    how: fc.constantFrom(...hows),
    forMs: fc.constantFrom(...FOR.filter((ms) => ms <= longest)),
  });

/** `weights`: how often each of the acts is chosen. */
function acts(
  weights: Record<string, number>,
  { most, longest = 9 * DAY, terminated = false }: { most: number; longest?: number; terminated?: boolean },
): fc.Arbitrary<Act[]> {
  const what = fc.constantFrom(...Object.entries(weights).flatMap(([name, n]) => Array<string>(n).fill(name)));
  const hows: Trouble['how'][] = [
    'killed',
    'killedAfter',
    'left',
    'stalled',
    ...(terminated ? ['terminated' as const] : []),
  ];
  return fc.array(
    fc.record({
      what,
      about: fc.integer({ min: 0, max: 4 }),
      afterMs: fc.constantFrom(...AFTER),
      troubles: fc.oneof(
        { weight: 2, arbitrary: fc.constant<Trouble[]>([]) },
        { weight: 2, arbitrary: fc.array(trouble(hows, longest), { minLength: 1, maxLength: 2 }) },
      ),
    }),
    { maxLength: most },
  );
}

const traits: fc.Arbitrary<WorldTraits> = fc.record({
  faults: fc.boolean(),
  late: fc.boolean(),
  signed: fc.boolean(),
  versioned: fc.boolean(),
  lockedDays: fc.constantFrom(0, 0, 0, 1, 5, 10),
  tight: fc.boolean(),
  longLeases: fc.boolean(),
  keep: fc.integer({ min: 1, max: 3 }),
  minimumCopies: fc.integer({ min: 1, max: 3 }),
  temporalSkewMs: fc.constantFrom(0, 0, 0, -HOUR, HOUR),
});

/** Everybody does what comes to mind. */
const anything: fc.Arbitrary<Scenario> = fc.record({
  traits,
  order: fc.noBias(fc.integer({ min: 0, max: 0xffff_ffff })),
  before: fc.integer({ min: 0, max: 4 }),
  writer: acts({ backUp: 3, change: 1 }, { most: 5, terminated: true }),
  reader: acts({ restore: 2, restoreNewest: 1 }, { most: 3 }),
  janitor: acts({ retain: 3, delete: 2, undelete: 1 }, { most: 4 }),
  otherJanitor: acts({ retain: 3, delete: 1, undelete: 1 }, { most: 3 }),
  verifier: acts({ full: 3, sizes: 1, scrub: 2 }, { most: 2 }),
  people: acts({ hold: 2, release: 1, delete: 3, undelete: 3 }, { most: 4, longest: HOUR }),
  accidents: acts({ nothing: 4, rot: 1, lose: 1, forge: 4 }, { most: 2 }),
  ending: fc.constantFrom('proved', 'removed'),
});

/** One act, with one trouble at most. */
const act = (
  what: string,
  { about = [0], afterMs = [0], troubles }: { about?: number[]; afterMs?: number[]; troubles?: fc.Arbitrary<Trouble> },
): fc.Arbitrary<Act> =>
  fc.record({
    what: fc.constant(what),
    about: fc.constantFrom(...about),
    afterMs: fc.constantFrom(...afterMs),
    troubles: troubles === undefined ? fc.constant<Trouble[]>([]) : fc.tuple(troubles),
  });

const held = (at: { min: number; max: number }, forMs: number[]): fc.Arbitrary<Trouble> =>
  fc.record({
    at: fc.integer(at),
    how: fc.constantFrom<Trouble['how']>('left', 'stalled'),
    forMs: fc.constantFrom(...forMs),
  });

/** Acts that meet, which chance hardly ever brings together; around them everybody does what comes to mind. */
function meeting(acts: { [K in keyof Scenario]?: fc.Arbitrary<Scenario[K]> }): fc.Arbitrary<Scenario> {
  return fc
    .tuple(anything, fc.record(acts as Required<typeof acts>), fc.integer({ min: 1, max: 4 }))
    .map(([around, met, before]) => ({ ...around, ...met, before }));
}

const LATE = [3 * DAY, 4 * DAY, 6 * DAY, 8 * DAY];

/** A backup takes longer than the grace of what it refers to, and the sweep comes before it commits. */
const slowBackup = meeting({
  writer: fc.tuple(act('change', {}), act('backUp', { troubles: held({ min: 20, max: 60 }, [DAY, 4 * DAY, 9 * DAY]) })),
  people: fc.tuple(act('delete', { about: [0, 1], afterMs: [0, MINUTE, HOUR, DAY] })),
  janitor: fc.tuple(act('retain', { afterMs: LATE }), act('retain', { afterMs: [0, HOUR, DAY] })),
});

/** A backup begins before a deletion, refers to what is deleted, and ends while it is swept. */
const lastMinute = meeting({
  writer: fc.tuple(
    act('backUp', { afterMs: LATE, troubles: held({ min: 15, max: 60 }, [MINUTE, HOUR, 4 * HOUR, DAY]) }),
  ),
  people: fc.tuple(act('delete', { about: [0, 1], afterMs: [0, HOUR, DAY, 3 * DAY] })),
  janitor: fc.tuple(
    act('retain', { afterMs: LATE, troubles: held({ min: 1, max: 80 }, [MINUTE, HOUR, 4 * HOUR, DAY]) }),
    act('retain', { afterMs: LATE }),
  ),
});

/** A restore reads for as long as its lease lasts, or longer; what it reads is deleted and swept meanwhile. */
const slowRestore = meeting({
  reader: fc.tuple(
    act('restore', { about: [0, 1], troubles: held({ min: 8, max: 40 }, [HOUR, 2 * DAY, 4 * DAY, 8 * DAY, 9 * DAY]) }),
    act('restore', { about: [0, 1], afterMs: [0, HOUR, 2 * DAY] }),
  ),
  people: fc.tuple(act('delete', { about: [0, 1], afterMs: [0, MINUTE, HOUR, DAY] })),
  janitor: fc.tuple(act('retain', { afterMs: LATE }), act('retain', { afterMs: [HOUR, DAY, 2 * DAY] })),
});

/** What is held would be deleted by a plan, and be swept long afterwards. */
export const heldBackup = meeting({
  people: fc.tuple(act('hold', { about: [1, 2, 3] })),
  janitor: fc.tuple(act('retain', { afterMs: [HOUR, DAY] }), act('retain', { afterMs: [8 * DAY] })),
});

export const scenario: fc.Arbitrary<Scenario> = fc.oneof(
  { weight: 5, arbitrary: anything },
  { weight: 1, arbitrary: slowBackup },
  { weight: 1, arbitrary: lastMinute },
  { weight: 1, arbitrary: slowRestore },
);
