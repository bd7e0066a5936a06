import { Worker } from '@temporalio/worker';

/**
 * A worker with activities only. The SDK takes a worker without workflows for a mistake and logs a warning for each;
 * here it is intended, so there is nothing to poll for and nothing to warn about.
 */
export class ActivityWorker extends Worker {
  protected override workflow$(): ReturnType<Worker['nexus$']> {
    this.workflowPollerStateSubject.next('SHUTDOWN');
    return this.nexus$(); // no Nexus services either: the same stream without a task
  }
}
