import type { ControlDependencies } from '../dependencies';
import { makeChooseRehearsal } from './choose-rehearsal';
import { makeRecordRehearsal } from './record-rehearsal';

/** What a rehearsal does beside what a restore does. */
export function createRehearsalActivities(dependencies: ControlDependencies) {
  return { chooseRehearsal: makeChooseRehearsal(dependencies), recordRehearsal: makeRecordRehearsal(dependencies) };
}
