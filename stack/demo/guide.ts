import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError, type Client, type WorkflowHandle } from '@temporalio/client';
import type { StackJson } from '../stack-json';

interface Phase {
  name: string;
  state: 'waiting' | 'running' | 'complete' | 'skipped' | 'failed';
}

const POLL_MS = 300;

/** Starts runs by name, as any other client would, and reports their progress. */
export class Guide {
  constructor(
    private readonly client: Client,
    readonly stack: StackJson,
    readonly print: (line: string) => void,
  ) {}

  async run<R>(type: string, workflowId: string, input: object): Promise<R> {
    const { ui, namespace } = this.stack.temporal;
    const handle = await this.client.workflow.start(type, {
      taskQueue: 'kalpa/demo',
      workflowId,
      args: [input],
      staticSummary: 'the guided tour',
    });
    this.print(`   ${ui}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}`);
    const result = handle.result() as Promise<R>;
    let over = false;
    const ended = result.then(
      () => (over = true),
      () => (over = true),
    );
    await this.showPhases(handle, () => over, ended);
    return await result.catch((error: unknown) => {
      throw new Error(`${type} failed: ${reasonOf(error)}`);
    });
  }

  private async showPhases(handle: WorkflowHandle, over: () => boolean, ended: Promise<unknown>): Promise<void> {
    const shown: string[] = [];
    const showNew = async (): Promise<void> => {
      const { phases } = await handle.query<{ phases: Phase[] }>('progress');
      for (const { name, state } of phases) {
        if (state !== 'complete' || shown.includes(name)) continue;
        shown.push(name);
        this.print(`     ● ${name}`);
      }
    };
    while (!over()) {
      await showNew().catch(() => undefined); // not started yet, or its worker is being restarted
      await Promise.race([ended, sleep(POLL_MS)]);
    }
    await showNew().catch(() => undefined);
  }
}

function reasonOf(error: unknown): string {
  let reason = error;
  while (
    reason instanceof Error &&
    reason.cause instanceof Error &&
    (reason instanceof WorkflowFailedError || !('type' in reason))
  )
    reason = reason.cause;
  return reason instanceof Error ? reason.message : String(reason);
}

/** In the form of Kalpa's own ids: `20261122T020007Z`. */
export const timeForId = (): string => new Date().toISOString().replace(/[-:]|\.\d+/g, '');

export const mega = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
export const count = (n: number): string => n.toLocaleString('en-US');
