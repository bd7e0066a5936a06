import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { makeControlActivities } from '../../src/activities/control';
import { controlInputs } from '../../src/activities/inputs/control';
import { nodeInputs } from '../../src/activities/inputs/node';
import { makeJanitorActivities } from '../../src/activities/janitor';
import { janitorInputs } from '../../src/activities/inputs/janitor';
import { makeNodeActivities } from '../../src/activities/node';
import { operations } from '../../src/contract';
import { internalInputs, signalInputs } from '../../src/contract/internal';

const SRC = join(__dirname, '../../src');
const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({
    name,
    tree: ts.createSourceFile(name, readFileSync(join(SRC, name), 'utf8'), ts.ScriptTarget.Latest, true),
  }));

/** Every call of one of these functions in `src/`, whoever wrote it and wherever. */
function callsOf(...functions: string[]): { file: string; callee: string; call: ts.CallExpression; text: string }[] {
  const found: ReturnType<typeof callsOf> = [];
  for (const { name, tree } of sources) {
    const walk = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && functions.includes(node.expression.text))
        found.push({ file: name, callee: node.expression.text, call: node, text: node.getText() });
      node.forEachChild(walk);
    };
    walk(tree);
  }
  return found;
}

/** The constant that holds what a call defines. */
const constantOf = ({ call }: { call: ts.CallExpression }): string =>
  ts.isVariableDeclaration(call.parent) ? call.parent.name.getText() : '';

/** A text, or the text that a constant of `src/` holds. */
function textOf(given: ts.Expression | undefined): string {
  if (given && ts.isStringLiteral(given)) return given.text;
  const name = given?.getText() ?? '';
  const written = sources.flatMap(
    ({ tree }) => new RegExp(`\\bconst ${name}\\b[^=]*= '([^']+)'`).exec(tree.text)?.[1] ?? [],
  );
  return written[0] ?? `the constant ${name}`;
}

describe('23.4: what anybody who may start a workflow can send, as the code has it,', () => {
  const index = readFileSync(join(SRC, 'workflows/index.ts'), 'utf8');
  const workflows = [...index.matchAll(/^export \{ (.+) \} from '(.+)';$/gm)].map(([, name = '', file = '']) => ({
    name,
    file: `workflows/${file.slice(2)}.ts`,
  }));

  it('23.4: has a schema: each workflow', () => {
    expect(index.match(/^export /gm)).toHaveLength(workflows.length);
    expect(workflows.map(({ name }) => name).sort()).toEqual(
      [...Object.keys(operations), ...Object.keys(internalInputs)].sort(),
    );
    for (const { name, file } of workflows.filter((one) => one.name in internalInputs)) {
      const checked = callsOf('internalInput').filter((one) => one.file === file);
      expect(checked.map(({ call }) => textOf(call.arguments[0]))).toEqual([name]);
    }
  });

  it('23.4: each activity, and workers run none but those behind a schema', () => {
    const control = makeControlActivities(new Proxy({}, { get: () => ({}) }) as never);
    expect(Object.keys(control).sort()).toEqual(Object.keys(controlInputs).sort());
    expect(Object.keys(makeNodeActivities({} as never)).sort()).toEqual(Object.keys(nodeInputs).sort());
    expect(Object.keys(makeJanitorActivities({ timing: {} } as never)).sort()).toEqual(
      Object.keys(janitorInputs).sort(),
    );
    const made = callsOf('checkedActivities').map(({ file }) => file);
    expect(made.sort()).toEqual([
      'activities/control/index.ts',
      'activities/janitor/index.ts',
      'activities/node/index.ts',
    ]);
    const inWorkers = sources.filter(({ name }) => name.startsWith('worker/')).map(({ tree }) => tree.text);
    const given = inWorkers.flatMap((text) => [...text.matchAll(/\bactivities: (\w+)|const activities = (\w+)/g)]);
    expect(given.map(([, property, constant]) => property ?? constant).sort()).toEqual([
      'makeControlActivities',
      'makeJanitorActivities',
      'makeNodeActivities',
    ]);
  });

  it('23.4: each signal, and its handler takes nothing but what the schema has let through', () => {
    const defined = callsOf('defineSignal').map((one) => ({
      constant: constantOf(one),
      name: textOf(one.call.arguments[0]),
    }));
    expect(defined.map(({ name }) => name).sort()).toEqual(Object.keys(signalInputs).sort());
    for (const { constant, name } of defined) {
      const handlers = callsOf('setHandler').filter(({ call }) => call.arguments[0]?.getText() === constant);
      expect({ name, handlers: handlers.length }).toEqual({ name, handlers: 1 });
      const handler = handlers[0]!.call.arguments[1] as ts.ArrowFunction;
      const [message] = handler.parameters.map((one) => one.name.getText());
      const uses = handler.body.getText().match(new RegExp(`\\b${message}\\b`, 'g'));
      expect({ name, uses }).toEqual({ name, uses: [message] });
      expect(handler.body.getText()).toContain(`signalInput('${name}', ${message})`);
    }
  });

  it('23.4: each update, which has a validator; queries take nothing', () => {
    const updates = callsOf('defineUpdate').map(constantOf);
    const queries = callsOf('defineQuery').map(constantOf);
    const handlers = callsOf('setHandler');
    for (const update of updates) {
      const of = handlers.filter(({ call }) => call.arguments[0]?.getText() === update);
      expect(of).toHaveLength(1);
      expect(of[0]!.call.arguments[2]?.getText()).toMatch(/validator: \(change\) => \{\s*checkedInput\('setLimits', /);
    }
    for (const query of queries)
      for (const { call } of handlers.filter((one) => one.call.arguments[0]?.getText() === query))
        expect((call.arguments[1] as ts.ArrowFunction).parameters).toHaveLength(0);
    const known = new Set([...updates, ...queries, ...callsOf('defineSignal').map(constantOf)]);
    expect(
      handlers.filter(({ call }) => !known.has(call.arguments[0]?.getText() ?? '')).map(({ text }) => text),
    ).toEqual([]);
  });

  it('23.4: and nothing takes what has no name: no default handlers', () => {
    expect(callsOf('setDefaultSignalHandler', 'setDefaultUpdateHandler', 'setDefaultQueryHandler')).toEqual([]);
  });
});

it('23.2: a node worker reads no private key, and signs nothing', () => {
  const node = sources.filter(({ name }) => /^(worker\/node|activities\/node\/)/.test(name));
  expect(node.length).toBeGreaterThan(5);
  for (const { name, tree } of node)
    expect([name, /signerKeys|controlTrust|signingKey|SIGNING_KEY|privateKey/.test(tree.text)]).toEqual([name, false]);
});
