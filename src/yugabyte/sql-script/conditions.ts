import type { MetaCommand } from '../sql-gate';

interface Branch {
  /** One of its branches was or is taken. */
  taken: boolean;
  active: boolean;
  /** What surrounds it is run. */
  outer: boolean;
}

/** What a dump's `\if … \else … \endif` leave to run; variables are the few that dumps have. */
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

  /** Takes a command of its own kind in; others are not its business. */
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
