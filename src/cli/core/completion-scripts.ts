import type { Command, Option } from 'commander';

/** One command, as needed for completion. */
interface Entry {
  /** ` schedule add`; empty for kalpa itself. */
  path: string;
  description: string;
  commands: string[];
  options: Option[];
  /** Possible words for its argument. */
  words: string[];
}

function entriesOf(command: Command, root: Command, path = ''): Entry[] {
  const commands = command.commands.map((child) => child.name());
  const visible = command.createHelp().visibleOptions(command);
  const words = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  // `kalpa help` takes the name of any command.
  const named = path === ' help' ? root.commands.map((child) => child.name()) : words;
  const own = { path, description: command.description(), commands, options: visible, words: named };
  return [own, ...command.commands.flatMap((child) => entriesOf(child, root, `${path} ${child.name()}`))];
}

const longOf = ({ long, short }: Option): string => long ?? short ?? '';
const inQuotes = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** For bash 3.2 and newer. */
export function bashCompletion(root: Command): string {
  const entries = entriesOf(root, root);
  const places = entries.map(
    ({ path, commands, options, words }) =>
      `    ${inQuotes(path)}) commands=${inQuotes(commands.join(' '))} options=${inQuotes(options.map(longOf).join(' '))} words=${inQuotes(words.join(' '))} ;;`,
  );
  const choices = entries.flatMap(({ path, options }) =>
    options
      .filter(({ argChoices }) => argChoices)
      .map(
        (option) =>
          `    ${inQuotes(`${path} ${longOf(option)}`)}) values=${inQuotes((option.argChoices ?? []).join(' '))} ;;`,
      ),
  );
  return `# Completion of kalpa; made by: kalpa completion bash
_kalpa_at() {
  case "$1" in
${places.join('\n')}
  esac
}
_kalpa_values() {
  values=''
  case "$1" in
${choices.join('\n')}
  esac
}
_kalpa() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local path='' commands options words values word i
  _kalpa_at ''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case " $commands " in *" $word "*) path="$path $word"; _kalpa_at "$path" ;; esac
  done
  _kalpa_values "$path $previous"
  case "$values:$current" in
    ?*:*) COMPREPLY=($(compgen -W "$values" -- "$current")) ;;
    :-*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
    *) COMPREPLY=($(compgen -W "$commands $words" -- "$current")) ;;
  esac
}
complete -o default -F _kalpa kalpa
`;
}

/**
 * zsh runs bash's completion. Autoloaded from a folder of `fpath`, the file is executed by the first completion, which
 * must therefore also complete.
 */
export function zshCompletion(root: Command): string {
  return `#compdef kalpa
autoload -U +X bashcompinit && bashcompinit
${bashCompletion(root)}[[ "\${funcstack[1]}" == _kalpa ]] && _bash_complete -o default -F _kalpa
`;
}

export function fishCompletion(root: Command): string {
  const lines = entriesOf(root, root).flatMap(({ path, commands, options, words }) => {
    const names = path.split(' ').filter((name) => name !== '');
    const here = names.map((name) => `__fish_seen_subcommand_from ${name}`);
    const notBelow = commands.length === 0 ? [] : [`not __fish_seen_subcommand_from ${commands.join(' ')}`];
    const when = (more: string[] = []): string => {
      const all = [...(names.length === 0 ? ['__fish_use_subcommand'] : here), ...more];
      return `-n ${inQuotes(all.join('; and '))}`;
    };
    const found = [...commands, ...words];
    return [
      ...(found.length === 0
        ? []
        : [`complete -c kalpa -f ${when(names.length === 0 ? [] : notBelow)} -a ${inQuotes(found.join(' '))}`]),
      ...options.map((option) => {
        const name =
          option.long === undefined || option.long === null
            ? `-s ${(option.short ?? '').slice(1)}`
            : `-l ${option.long.slice(2)}`;
        const values = option.argChoices
          ? ` -x -a ${inQuotes(option.argChoices.join(' '))}`
          : option.required
            ? ' -r'
            : '';
        return `complete -c kalpa ${when()} ${name}${values} -d ${inQuotes(option.description)}`;
      }),
    ];
  });
  return `# Completion of kalpa; made by: kalpa completion fish\n${lines.join('\n')}\n`;
}
