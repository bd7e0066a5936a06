import { Worker } from '@temporalio/worker';

/**
 * A worker of activities alone. The SDK takes a worker without workflows for a mistake and warns of each; here it is
 * meant, so there is nothing to poll for and nothing to warn of.
 */
export class ActivityWorker extends Worker {
  protected override workflow$(): ReturnType<Worker['nexus$']> {
    this.workflowPollerStateSubject.next('SHUTDOWN');
    return this.nexus$(); // no Nexus services either: the same stream without a task
  }
}
