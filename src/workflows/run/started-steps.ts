import { defineSignal, setHandler } from '@temporalio/workflow';
import { STEP_BEGAN } from '../../contract/internal';
import { signalInput } from './failure';

const stepBeganSignal = defineSignal<[{ activityId: string }]>(STEP_BEGAN);

/** Which noted steps of this run have started an attempt. */
export class StartedSteps {
  private readonly activityIds = new Set<string>();

  constructor() {
    setHandler(
      stepBeganSignal,
      (message) => {
        const activityId = signalInput('stepBegan', message)?.activityId;
        if (activityId !== undefined) this.activityIds.add(activityId);
      },
      { description: 'An attempt of a step begins that may leave something to undo.' },
    );
  }

  has(activityId: string): boolean {
    return this.activityIds.has(activityId);
  }
}
