import { block, code, MADE, page, table } from './markdown.mjs';
import { fieldsOf } from './schema-fields.mjs';

const PHASES = {
  backUpDatabase: 'BACKUP_PHASES',
  restoreDatabase: 'RESTORE_PHASES',
  rehearseRestore: 'REHEARSAL_PHASES',
  dumpDatabase: 'DUMP_PHASES',
  dumpCluster: 'DUMP_PHASES',
  loadDump: 'LOAD_PHASES',
};

/** Inputs, results and failures of every workflow that callers start. */
export function workflowsPage(contract) {
  const names = Object.keys(contract.operations);
  return page(
    '# Workflows: inputs, results, failures',
    MADE,
    'Each operation is one Temporal workflow on the task queue `kalpa/<cluster>`. It takes one JSON object and returns one JSON object; ' +
      'a wrong field ends the run at once with `InvalidInput`. Sizes are bytes, durations are text (`"90s"`, `"1h 5m"`, `"7 days"`), ' +
      'instants are RFC 3339 UTC with microseconds.',
    `${names.map((name) => `[${name}](#${name.toLowerCase()})`).join(' · ')} · [query and update](#query-and-update) · [failures](#failures) · [search attributes](#search-attributes)`,
    ...names.flatMap((name) => operation(contract, name)),
    ...messages(contract),
    ...failures(contract),
    '## Search attributes',
    'Registered by the control worker at its start. In a namespace where it may not register them, runs work without them.',
    table(
      ['name', 'type'],
      Object.entries(contract.searchAttributes).map(([name, type]) => [code(name), type]),
    ),
  );
}

function operation(contract, name) {
  const { what, example, input, result } = contract.operations[name];
  const fields = fieldsOf(input);
  const json = JSON.stringify(example);
  const phases = contract[PHASES[name]];
  return [
    `## ${name}`,
    what,
    block(
      'sh',
      `temporal workflow execute --task-queue kalpa/demo --type ${name} --workflow-id ${name}-1 --input '${json}'`,
    ),
    ...(phases ? [`Phases: ${phases.map(code).join(', ')}.`] : []),
    '**Input**' + (fields.length === 0 ? ': an empty object.' : ''),
    ...(fields.length === 0
      ? []
      : [
          table(
            ['field', 'must be', 'required', 'meaning'],
            fields.map((field) => [code(field.name), field.type, field.required ? 'yes' : '', field.what]),
          ),
        ]),
    '**Result**',
    table(
      ['field', 'is', 'always', 'meaning'],
      fieldsOf(result).map((field) => [code(field.name), field.type, field.required ? 'yes' : '', field.what]),
    ),
  ];
}

function messages({ PROGRESS_QUERY, SET_LIMITS_UPDATE, limitsSchema }) {
  return [
    '## Query and update',
    `Every workflow answers the query ${code(PROGRESS_QUERY)}:`,
    block(
      'ts',
      '{ operation, phase, phases: [{ name, state, startedAt?, endedAt? }],\n' +
        '  nodes: [{ node, filesDone, filesTotal, bytesDone, bytesTotal, bytesPerSecond }],\n' +
        '  etaSeconds?, message }    // state: waiting | running | complete | skipped | failed',
    ),
    `Workflows that copy take the update ${code(SET_LIMITS_UPDATE)}; it takes effect on the running copy within 5 s:`,
    table(
      ['field', 'must be', 'meaning'],
      fieldsOf(limitsSchema).map((field) => [code(field.name), field.type, field.what]),
    ),
  ];
}

function failures({ failures: types }) {
  return [
    '## Failures',
    'The type of the `ApplicationFailure` that ends a run. Its message says what happened, to what, why and what to do next; its details are machine-readable: ' +
      '`InvalidInput` `[{ field, given, allowed }]`, `DatabaseBusy` `[{ workflowId, runId, link }]`, `PreflightFailed` `[{ type, message }]`. ' +
      'Preflight collects every finding that it can; one finding ends the run with its own type, several with `PreflightFailed`.',
    table(
      ['type', 'when', 'retried while the run continues', '`kalpa` exit code'],
      Object.entries(types).map(([type, { when, final, exit }]) => [code(type), when, final ? 'no' : 'yes', exit]),
    ),
  ];
}
