import { checkedActivities } from '../inputs/checked-activities';
import { janitorInputs } from '../inputs/janitor';
import { makeDeletePlanned, makeDeleteNamed, makeUndeleteNamed } from './delete';
import type { JanitorDependencies } from './dependencies';
import { makeSweepRepository } from './sweep-repository';

/** Everything that writes tombstones or deletes, behind its schema: only the janitor has these. */
export function makeJanitorActivities(dependencies: JanitorDependencies) {
  return checkedActivities(
    {
      deletePlanned: makeDeletePlanned(dependencies),
      deleteNamed: makeDeleteNamed(dependencies),
      undeleteNamed: makeUndeleteNamed(dependencies),
      sweepRepository: makeSweepRepository(dependencies),
    },
    janitorInputs,
  );
}

export type JanitorActivities = ReturnType<typeof makeJanitorActivities>;
