import { inspectClusterInput, type InspectClusterInput, type InspectClusterResult } from '../contract';
import { PreflightQuestions } from './run/ask-preflight';
import { longStep } from './run/policies';
import { upsertKnownAttributes } from './run/progress';
import { ownCluster } from './run/run-context';
import { runOperation, type StartedRun } from './run/run-operation';
import { surveyForPreflight } from './run/survey-nodes';

/** The cluster as Kalpa sees it; changes nothing. */
export async function inspectCluster(input: InspectClusterInput): Promise<InspectClusterResult> {
  return await runOperation(
    {
      name: 'inspectCluster',
      input: inspectClusterInput,
      phases: ['nodes', 'databases'],
      subject: () => `Inspection of ${ownCluster()}`,
      complete: ({ problems }) => problemsText(problems),
    },
    input,
    inspect,
  );
}

async function inspect({ settings, progress }: StartedRun<InspectClusterInput>): Promise<InspectClusterResult> {
  upsertKnownAttributes(settings, { KalpaCluster: settings.cluster, KalpaOperation: 'inspectCluster' });
  progress.enter('nodes');
  const survey = await surveyForPreflight(settings, new PreflightQuestions(settings, progress));
  progress.enter('databases');
  return await longStep(settings, 'databases, backups and the store').inspect(survey);
}

function problemsText(problems: readonly string[]): string {
  const [first] = problems;
  if (first === undefined) return 'no problems found.';
  return problems.length === 1 ? `1 problem found: ${first}` : `${problems.length} problems found, first: ${first}`;
}
