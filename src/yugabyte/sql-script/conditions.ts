import type { MetaCommand } from '../sql-gate';

interface Branch {
  /** One of its branches is being run or was. */
  taken: boolean;
  active: boolean;
  /** The surrounding branch is being run. */
  outer: boolean;
}

/** What remains to be run within a dump's `\if … \else … \endif`; variables are the few that dumps use. */
export class Conditions {
  private readonly variables: Map<string, string>;
  private readonly open: Branch[] = [];

  constructor(variables: Readonly<Record<string, string>>) {
    this.variables = new Map(Object.entries(variables));
  }

  get active(): boolean {
    return this.open.at(-1)?.active ?? true;
  }

  set(variable: string, value: string): void {
    if (this.active) this.variables.set(variable, value);
  }

  /** Applies a conditional command; others are ignored. */
  apply(command: MetaCommand): void {
    const branch = this.open.at(-1);
    if (command.kind === 'set') this.set(command.variable, command.value);
    if (command.kind === 'if') {
      const outer = this.active;
      const active = outer && this.holds(command);
      this.open.push({ outer, active, taken: active });
    }
    if (command.kind === 'elif' && branch) {
      branch.active = branch.outer && !branch.taken && this.holds(command);
      branch.taken ||= branch.active;
    }
    if (command.kind === 'else' && branch) {
      branch.active = branch.outer && !branch.taken;
      branch.taken = true;
    }
    if (command.kind === 'endif') this.open.pop();
  }

  private holds({ variable, isSet }: Extract<MetaCommand, { kind: 'if' | 'elif' }>): boolean {
    const value = this.variables.get(variable);
    return isSet ? value !== undefined : /^(?:t|true|on|1|yes)$/i.test(value ?? '');
  }
}
