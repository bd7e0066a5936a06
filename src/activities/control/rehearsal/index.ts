import type { ControlDependencies } from '../dependencies';
import { makeChooseRehearsal } from './choose-rehearsal';
import { makeRecordRehearsal } from './record-rehearsal';

/** Activities that a rehearsal has and a restore does not. */
export function createRehearsalActivities(dependencies: ControlDependencies) {
  return { chooseRehearsal: makeChooseRehearsal(dependencies), recordRehearsal: makeRecordRehearsal(dependencies) };
}
