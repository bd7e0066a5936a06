import { inspectClusterInput, type InspectClusterInput, type InspectClusterResult } from '../contract';
import { checkedInput } from './failure';
import { patient } from './policies';
import { RunProgress, upsertKnown } from './progress';
import { ownCluster, readSettings } from './run-context';
import { surveyForPreflight } from './survey-nodes';
import { asRunFailure } from './failure';

/** The cluster as Kalpa sees it; changes nothing. */
export async function inspectCluster(input: InspectClusterInput): Promise<InspectClusterResult> {
  checkedInput('inspectCluster', inspectClusterInput, input);
  const progress = new RunProgress('inspectCluster', `Inspection of ${ownCluster()}`, ['nodes', 'databases']);
  const settings = await readSettings();
  progress.use(settings);
  upsertKnown(settings, { KalpaCluster: settings.cluster, KalpaOperation: 'inspectCluster' });
  try {
    progress.enter('nodes');
    const survey = await surveyForPreflight(settings);
    progress.enter('databases');
    const result = await patient(settings, 'databases, backups and the store').inspect(survey);
    progress.finish(result.problems.length === 0 ? 'No problems found.' : `${result.problems.length} problems found.`);
    return result;
  } catch (error) {
    progress.fail('');
    throw asRunFailure(error, 'A part of the cluster');
  }
}
