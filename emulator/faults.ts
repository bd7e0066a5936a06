import { setTimeout as sleep } from 'node:timers/promises';

/** Faults that take effect by themselves once armed; README.md describes each. */
export const FAULT_NAMES = [
  'fail',
  'hang',
  'slow',
  'lose-reply',
  'sql',
  'noise',
  'snapshot-fails',
  'snapshot-stays-creating',
  'snapshot-directory-gone',
  'snapshot-directory-half',
  'snapshot-directory-late',
  'restoration-fails',
  'restoration-hangs',
  'restoration-forgotten',
  'tablets-start-late',
  'clone-aborts',
  'split-goes-on',
  'snapshot-holds-split-parent',
  'schedule-snapshot-fails',
  'schedule-stops',
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

export interface Fault {
  name: FaultName;
  /** A yb-admin command, for the faults that concern one; absent: any. */
  command?: string;
  /** From the nth call on, counted since it was armed; default 1. */
  nth?: number;
  /** How many calls it affects; default 1. */
  times?: number;
  text?: string;
  ms?: number;
  sql?: string;
  database?: string;
  /** 0–2; absent: all. */
  tserver?: number;
  /** All tablets of the snapshot instead of one. */
  all?: boolean;
}

interface Armed extends Fault {
  seen: number;
}

/** Faults that are armed, and faults that have taken effect. */
export class Faults {
  readonly struck: { name: FaultName | 'restart-master'; command?: string; atMs: number }[] = [];
  private armed: Armed[] = [];

  /** Fails with a sentence when there is no such fault. */
  arm(fault: Fault): void {
    if (!FAULT_NAMES.includes(fault.name))
      throw new RangeError(`There is no fault "${fault.name}". Known: ${FAULT_NAMES.join(', ')}.`);
    this.armed.push({ ...fault, seen: 0 });
  }

  list(): Fault[] {
    return this.armed.map(({ seen: _, ...fault }) => fault);
  }

  clear(): void {
    this.armed = [];
  }

  /** The fault of this name that takes effect now, if any; counts the call. */
  strike(name: FaultName, command?: string): Fault | undefined {
    for (const fault of this.armed) {
      if (fault.name !== name || (fault.command !== undefined && fault.command !== command)) continue;
      fault.seen += 1;
      const first = fault.nth ?? 1;
      if (fault.seen < first || fault.seen >= first + (fault.times ?? 1)) continue;
      this.struck.push({ name, ...(command === undefined ? {} : { command }), atMs: Date.now() });
      return fault;
    }
    return undefined;
  }

  /** A lasting condition: it applies until it is disarmed. */
  holds(name: FaultName): Fault | undefined {
    return this.armed.find((fault) => fault.name === name);
  }

  /**
   * Applies the faults that take effect before a command does its work. Returns the error text if the command fails
   * because of one.
   */
  async beforeCommand(
    command: string,
    runSql: (database: string, sql: string) => Promise<void>,
  ): Promise<string | undefined> {
    const slow = this.strike('slow', command);
    if (slow) await sleep(slow.ms ?? 1000);
    const hang = this.strike('hang', command);
    if (hang) await sleep(hang.ms ?? 3_600_000, undefined, { ref: false });
    const ddl = this.strike('sql', command);
    if (ddl) await runSql(ddl.database ?? 'yugabyte', ddl.sql ?? '');
    return this.strike('fail', command)?.text;
  }
}
