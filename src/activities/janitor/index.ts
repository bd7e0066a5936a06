import { checkedActivities } from '../inputs/checked-activities';
import { janitorInputs } from '../inputs/janitor';
import { makeBuryCopies, makeBuryCopy, makeRaiseCopy } from './bury';
import type { JanitorDependencies } from './dependencies';
import { makeSweepRepository } from './sweep-repository';

/** Everything that writes tombstones or deletes, behind its schema: the janitor's alone. */
export function makeJanitorActivities(dependencies: JanitorDependencies) {
  return checkedActivities(
    {
      buryCopies: makeBuryCopies(dependencies),
      buryCopy: makeBuryCopy(dependencies),
      raiseCopy: makeRaiseCopy(dependencies),
      sweepRepository: makeSweepRepository(dependencies),
    },
    janitorInputs,
  );
}

export type JanitorActivities = ReturnType<typeof makeJanitorActivities>;
