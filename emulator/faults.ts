import { setTimeout as sleep } from 'node:timers/promises';

/** What can be armed by name on the control port; each entry of README.md's table. */
export interface Fault {
  name: string;
  /** A yb-admin command, for the faults that concern one. */
  command?: string;
  /** From the nth call on, counted from when it was armed; default 1. */
  nth?: number;
  /** How many calls it concerns; default 1. */
  times?: number;
  text?: string;
  ms?: number;
  sql?: string;
  database?: string;
  tserver?: number;
}

interface Armed extends Fault {
  seen: number;
}

/** Faults that are armed now. */
export class Faults {
  private armed: Armed[] = [];

  arm(fault: Fault): void {
    this.armed.push({ ...fault, seen: 0 });
  }

  list(): Fault[] {
    return this.armed.map(({ seen: _seen, ...fault }) => fault);
  }

  clear(): void {
    this.armed = [];
  }

  /** The fault of this name that strikes now, if any; counts the call. */
  strike(name: string, command?: string): Fault | undefined {
    for (const fault of this.armed) {
      if (fault.name !== name || (fault.command !== undefined && fault.command !== command)) continue;
      fault.seen += 1;
      const first = fault.nth ?? 1;
      if (fault.seen >= first && fault.seen < first + (fault.times ?? 1)) return fault;
    }
    return undefined;
  }

  /** Whether a lasting condition holds: it is not used up by looking. */
  holds(name: string): Fault | undefined {
    return this.armed.find((fault) => fault.name === name);
  }

  /** What strikes before a command does its work. Returns an error text, or undefined. */
  async beforeCommand(
    command: string,
    runSql: (database: string, sql: string) => Promise<void>,
  ): Promise<string | undefined> {
    const slow = this.strike('slow', command);
    if (slow) await sleep(slow.ms ?? 1000);
    const hang = this.strike('hang', command);
    if (hang) await sleep(hang.ms ?? 3_600_000);
    const ddl = this.strike('sql', command);
    if (ddl) await runSql(ddl.database ?? 'yugabyte', ddl.sql ?? '');
    return this.strike('fail', command)?.text;
  }
}
