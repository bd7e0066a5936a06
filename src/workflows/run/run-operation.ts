import { workflowInfo } from '@temporalio/workflow';
import type { z } from 'zod';
import type { OperationName } from '../../contract';
import type { Settings } from '../../contract/internal';
import { asRunFailure, checkedInput } from './failure';
import { RunProgress } from './progress';
import { ownCluster, readSettings } from './run-context';

/** What a procedure receives. */
export interface StartedRun<Request> {
  request: Request;
  settings: Settings;
  progress: RunProgress;
  /** Since the run was started. */
  seconds: () => number;
}

/** An operation as its page and its command know it. */
export interface Operation<S extends z.ZodObject, Result> {
  name: OperationName;
  input: S;
  phases: readonly string[];
  /** The page's headline. */
  subject: (request: z.output<S>) => string;
  /** The page's last line for a complete run. */
  complete: (result: Result) => string;
}

/**
 * The frame of every operation: its input is checked, its settings are read, and however it ends, the last line of its
 * page says so. Nothing that runs inside can leave a page without an end.
 */
export async function runOperation<S extends z.ZodObject, Result extends { warnings?: string[] | undefined }>(
  { name, input, phases, subject, complete }: Operation<S, Result>,
  given: unknown,
  procedure: (begun: StartedRun<z.output<S>>) => Promise<Result>,
): Promise<Result> {
  const progress = new RunProgress(name, `${name} on ${ownCluster()}`, phases);
  return await onPage(progress, complete, async () => {
    const request = checkedInput(name, input, given);
    progress.about(subject(request));
    const settings = await readSettings();
    progress.use(settings);
    const { startTime } = workflowInfo();
    const seconds = (): number => Math.round((Date.now() - startTime.getTime()) / 100) / 10;
    return await procedure({ request, settings, progress, seconds });
  });
}

/** Runs the work and writes its end on the page. */
export async function onPage<Result extends { warnings?: string[] | undefined }>(
  progress: RunProgress,
  complete: (result: Result) => string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    const result = await work();
    progress.finish(complete(result), result.warnings);
    return result;
  } catch (error) {
    progress.stop(error);
    throw asRunFailure(error, 'A part of the cluster');
  }
}
