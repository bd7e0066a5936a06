import { operations, type OperationName, type OperationTypes } from '../contract';
import type { RunHandle } from './run-handle';
import type { StartOptions } from './start-options';

type Input<O extends OperationName> = OperationTypes[O]['input'];
type Result<O extends OperationName> = OperationTypes[O]['result'];

/** One workflow: `await kalpa.backUpDatabase.run({ database: 'ysql.orders' })`. */
export interface OperationCall<O extends OperationName> {
  /** Starts it and returns at once. Throws `KalpaFailure` (`InvalidInput`, `DatabaseBusy`) or `TemporalUnreachable`. */
  start(input: Input<O>, options?: StartOptions): Promise<RunHandle<Result<O>>>;
  /** Starts it and waits for its result. Throws as `start` does, and `KalpaFailure` when the run fails. */
  run(input: Input<O>, options?: StartOptions): Promise<Result<O>>;
}

/** One call for each workflow of the contract's table. */
export type OperationCalls = { readonly [O in OperationName]: OperationCall<O> };

/** What the calls are built on: one implementation for all. */
interface Starter {
  start<O extends OperationName>(operation: O, input: Input<O>, options?: StartOptions): Promise<RunHandle<Result<O>>>;
  run<O extends OperationName>(operation: O, input: Input<O>, options?: StartOptions): Promise<Result<O>>;
}

abstract class Calls {
  constructor() {
    for (const operation of Object.keys(operations) as OperationName[])
      Object.defineProperty(this, operation, { value: callOf(this as unknown as Starter, operation) });
  }
}

function callOf<O extends OperationName>(starter: Starter, operation: O): OperationCall<O> {
  return {
    start: async (input, options) => await starter.start(operation, input, options),
    run: async (input, options) => await starter.run(operation, input, options),
  };
}

/** Base class of the client; its members are created from the table, so the compiler has to be told about them. */
export const WithOperationCalls = Calls as unknown as abstract new () => OperationCalls;
