import { block, code, MADE, page, table } from './markdown.mjs';

/** The help of every command, as commander prints it. */
export function commandLinePage({ makeProgram }, failures) {
  const program = makeProgram({}, '0');
  const types = (exit) =>
    Object.entries(failures)
      .filter(([, failure]) => failure.exit === exit)
      .map(([type]) => code(type))
      .join(', ');
  return page(
    '# The command line: kalpa',
    MADE,
    'In a clone: `npx kalpa <command>`. Every command except `dev` and `worker` accepts `--json`: one JSON document on stdout and nothing else. ' +
      'On a terminal a run is shown with bars, otherwise as plain lines; colour only on a terminal, and not if `NO_COLOR` is set. ' +
      'Ctrl-C while watching leaves the run running.',
    '## Exit codes',
    table(
      ['code', 'meaning'],
      [
        [0, 'done'],
        [1, `failed or cancelled: ${types(1)}, or a bug`],
        [2, `wrong usage or configuration; ${types(2)}`],
        [3, `refused before anything was changed: ${types(3)}`],
        [4, "Temporal can't be reached"],
        [130, 'Ctrl-C while watching; the run continues'],
      ],
    ),
    ...everyCommand(program).flatMap(({ path, command }) => [`## ${path}`, block('text', helpOf(command))]),
  );
}

function everyCommand(program) {
  const below = (command, path) =>
    command.commands.flatMap((child) => [
      { path: `${path} ${child.name()}`, command: child },
      ...below(child, `${path} ${child.name()}`),
    ]);
  return below(program, 'kalpa');
}

function helpOf(command) {
  let text = '';
  command.configureOutput({
    writeOut: (part) => (text += part),
    getOutHelpWidth: () => 100,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.trimEnd();
}
