import { databaseApi, ToolFailed, type DatabaseApi, type Yugabyte } from '../../src/yugabyte';

/** A cluster that consists of the parts that a test gives; its languages are the product's own, over those parts. */
export const fakeYugabyte = (parts: object): Yugabyte =>
  ({
    ...parts,
    api(this: Yugabyte, database: string): DatabaseApi {
      return databaseApi(this, database);
    },
  }) as unknown as Yugabyte;

/** A command that masters may still carry out: yb-admin waited for its answer in vain. */
export const lostReply = (command: string, rpc: string): ToolFailed =>
  new ToolFailed({
    ...{ tool: 'yb-admin', command, exitCode: 1, stderrTail: '' },
    reason: `Timed out (yb/rpc/outbound_call.cc:489): ${rpc} RPC timed out after 0.050s`,
    ...{ outcome: 'unknown', transient: true },
  });
