import type { Command } from 'commander';

/** Changes to the typed command, for the command to type next. */
interface Changes {
  /** Attribute names of options to leave out. */
  without?: readonly string[];
  /** Words to add. */
  more?: readonly string[];
}

/** The typed command, with changes: complete, so that it can be copied into a shell. */
export function commandLine(command: Command, { without = [], more = [] }: Changes = {}): string {
  const names: string[] = [];
  for (let one: Command | null = command; one; one = one.parent) names.unshift(one.name());
  const options = command.options.flatMap((option) => {
    const name = option.attributeName();
    const long = option.long ?? option.short ?? '';
    if (command.getOptionValueSource(name) !== 'cli' || without.includes(name)) return [];
    const value: unknown = command.getOptionValue(name);
    if (typeof value === 'boolean') return [long];
    return [long, ...(Array.isArray(value) ? value.map(String) : [String(value)])];
  });
  return [...names, ...command.args, ...options, ...more].map(quoted).join(' ');
}

/** Quoted for a POSIX shell. */
export function quoted(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
