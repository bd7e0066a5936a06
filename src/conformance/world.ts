import type { KalpaClient } from '../client';
import type { ResolvedConfig } from '../config';
import type { OperationName, OperationTypes, Progress } from '../contract';
import type { ObjectStore } from '../transfer';
import type { SqlConnection, Yugabyte } from '../yugabyte';
import { nameOf } from './names';
import { Interrupted, type Steps } from './steps';

/** What all chapters share. */
export class World {
  /** YSQL databases and YCQL keyspaces that this run has made or may have made, spelled as the tools print them. */
  readonly made = new Set<string>();

  constructor(
    readonly token: string,
    readonly resolved: ResolvedConfig,
    readonly client: KalpaClient,
    readonly yugabyte: Yugabyte,
    readonly sql: SqlConnection,
    readonly store: ObjectStore,
    readonly steps: Steps,
    /** Aborted on Ctrl-C. */
    readonly interrupt: AbortSignal,
  ) {}

  get cluster(): string {
    return this.resolved.config.cluster;
  }

  /** A bare name of this run; recorded before anything is created under it. */
  name(suffix: string, api: 'ysql' | 'ycql' = 'ysql'): string {
    const name = nameOf(this.token, suffix);
    this.made.add(`${api}.${name}`);
    return name;
  }

  /** Starts an operation through the client, as any caller would, and waits; Ctrl-C cancels it. */
  async run<O extends OperationName>(
    operation: O,
    input: OperationTypes[O]['input'],
  ): Promise<OperationTypes[O]['result']> {
    return await (await this.start(operation, input)).result();
  }

  /** The same without waiting. */
  async start<O extends OperationName>(operation: O, input: OperationTypes[O]['input']): Promise<Started<O>> {
    if (this.interrupt.aborted) throw new Interrupted();
    const handle = await this.client.start(operation, input);
    const cancel = (): void => void handle.cancel().catch(() => undefined);
    this.interrupt.addEventListener('abort', cancel, { once: true });
    const ended = handle.result().finally(() => {
      this.interrupt.removeEventListener('abort', cancel);
    });
    ended.catch(() => undefined); // whoever waits for the result is told
    return {
      result: async () => await ended,
      progress: async () => await handle.progress(),
      cancel: async () => await handle.cancel(),
    };
  }
}

/** A run that goes on. */
export interface Started<O extends OperationName> {
  result(): Promise<OperationTypes[O]['result']>;
  progress(): Promise<Progress>;
  /** Asks it to stop and clean up; `result` then throws `KalpaFailure` of type `Cancelled`. */
  cancel(): Promise<void>;
}
