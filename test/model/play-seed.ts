import fc from 'fast-check';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { play, type Played } from './play';
import { scenario, type Scenario } from './scenario';

const TRACE = process.env['KALPA_MODEL_TRACE'];

/** Neighbours have nothing in common. */
const mixed = (seed: number): number => Math.imul(seed ^ (seed >>> 16), 0x45d9f3b) ^ Math.imul(seed, 0x9e3779b1);

/**
 * What one seed plays; fails with its seed, the smallest scenario that fails, and how to see it again; or, not
 * shrinking, with what was wrong. `of`: scenarios of one sort only.
 */
export async function playSeed(seed: number, { shrinking = true, of = scenario } = {}): Promise<Played> {
  let played: Played | undefined;
  const property = fc.asyncProperty(of, async (one: Scenario) => {
    played = await play(one);
  });
  const found = await fc.check(property, { seed: mixed(seed), numRuns: 1, endOnFailure: !shrinking });
  if (!found.failed) return played as Played;
  if (!shrinking) throw found.errorInstance as Error;
  const [smallest] = found.counterexample as [Scenario];
  const error = found.errorInstance as Error;
  const traced = (await play(smallest, { tracing: true }).catch((again: { trace: string[] }) => again)).trace;
  const file = TRACE ?? `.kalpa-test/model/${seed}.txt`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${error.stack ?? ''}\n\n${JSON.stringify(smallest, undefined, 1)}\n\n${traced.join('\n')}\n`);
  throw new Error(
    `Seed ${seed}: ${error.message}\nAfter ${found.numShrinks} simplifications: ${JSON.stringify(smallest)}\n` +
      `Every request of it stands in ${file}. Again: KALPA_MODEL_SEED=${seed} KALPA_MODEL_SEEDS=1 npx jest --selectProjects unit --runInBand test/model`,
    { cause: error },
  );
}
