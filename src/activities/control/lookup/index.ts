import type { ControlDependencies } from '../dependencies';
import { makeFindBackup, makeFindDump, makeFindSnapshot, makeSurveyNodes } from './find';
import { makeLookForSnapshot } from './find-snapshot';
import { makePreflightUnfound } from './preflight-unfound';

/** Activities that look up what an input names. */
export function createLookupActivities(dependencies: ControlDependencies) {
  return {
    findBackup: makeFindBackup(dependencies),
    findDump: makeFindDump(dependencies),
    findSnapshot: makeFindSnapshot(dependencies),
    lookForSnapshot: makeLookForSnapshot(dependencies),
    preflightUnfound: makePreflightUnfound(dependencies),
    surveyNodes: makeSurveyNodes(dependencies),
  };
}
