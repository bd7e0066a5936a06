import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Linter } from 'eslint';
import tseslint from 'typescript-eslint';

const ROOT = join(__dirname, '../..');
const STEP = 'src/workflows/backup/plan-copies.ts';
const CONTROL = 'src/activities/control/index.ts';
const TYPES = readdirSync(join(ROOT, 'src/workflows'), { withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name !== 'index.ts')
  .map(({ name }) => `src/workflows/${name}`);
/** What workflows import stands in their bundle, too. */
const SHARED = ['src/contract/timing.ts', 'src/objects/given.ts', 'src/redaction/redact.ts'];
const RULES = rulesOf([...TYPES, STEP, CONTROL, ...SHARED]);

/**
 * The rules of each file that forbid something. The configuration is a module, which jest does not load, so a process
 * of its own reads it.
 */
function rulesOf(files: readonly string[]): Readonly<Record<string, Linter.RulesRecord>> {
  const script = `import { ESLint } from 'eslint';
    const eslint = new ESLint();
    const read = process.argv.slice(1).map(async (file) => [file, (await eslint.calculateConfigForFile(file)).rules]);
    console.log(JSON.stringify(Object.fromEntries(await Promise.all(read))));`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', script, ...files], { cwd: ROOT });
  const all = JSON.parse(printed.toString('utf8')) as Record<string, Linter.RulesRecord>;
  return Object.fromEntries(
    Object.entries(all).map(([file, rules]) => [
      file,
      Object.fromEntries(Object.entries(rules).filter(([name]) => name.includes('no-restricted-'))),
    ]),
  );
}

/** What is forbidden in a text, were it that file. */
function refusals(file: string, text: string): string[] {
  const config: Linter.Config = {
    files: ['**/*.ts'],
    languageOptions: { parser: tseslint.parser },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: RULES[file] ?? {},
  };
  return new Linter({ cwd: ROOT }).verify(text, [config], { filename: join(ROOT, file) }).map(({ message }) => message);
}

it.each([...TYPES, STEP, ...SHARED])('25.7: %s may not fail its workflow task for ever', (file) => {
  expect(refusals(file, `throw new Error('x');`)).toEqual([expect.stringContaining('A plain Error')]);
  expect(refusals(file, `throw failure('NotFound', 'x');`)).toEqual([]);
});

it.each(TYPES)('25.7: %s takes one argument', (file) => {
  const text = 'export async function w(a: string, b: string): Promise<void> {}';
  expect(refusals(file, text)).toEqual([expect.stringContaining('One object in')]);
});

it('25.7: a step may take more, and an activity may throw what it likes', () => {
  expect(refusals(STEP, 'export async function s(a: string, b: string): Promise<void> {}')).toEqual([]);
  expect(refusals(CONTROL, `throw new Error('x');`)).toEqual([]);
});

it.each([
  ['a builtin of Node', `import { readFileSync } from 'node:fs';`, 'No Node builtin'],
  ['a builtin by its old name', `import { join } from 'path';`, 'No Node builtin'],
  [
    'an activity itself',
    `import { makeInspect } from '../../activities/control/inspect/inspect-cluster';`,
    'Types only',
  ],
  ['the client', `import { Client } from '@temporalio/client';`, 'the bundle would not build'],
  ['a package that is no part of the bundle', `import { Client } from 'pg';`, 'holds @temporalio/workflow'],
  ['a package by a path within it', `import { v4 } from 'zod/v4';`, 'holds @temporalio/workflow'],
  ['setTimeout', `setTimeout(() => undefined, 1);`, 'Use sleep'],
  ['setInterval', `setInterval(() => undefined, 1);`, 'Use sleep'],
  ['setImmediate', `setImmediate(() => undefined);`, 'Use sleep'],
  ['setInterval of globalThis', `globalThis.setInterval(() => undefined, 1);`, 'Use sleep'],
  ['WeakRef', `export const x = new WeakRef({});`, 'when memory is freed'],
  ['FinalizationRegistry', `new FinalizationRegistry(() => undefined);`, 'when memory is freed'],
  ['fetch', `void fetch('http://127.0.0.1');`, 'ask an activity'],
  ['a web socket', `new WebSocket('ws://127.0.0.1');`, 'ask an activity'],
  ['process', `export const x = process.env['HOME'];`, 'ask an activity'],
  ['Buffer', `export const x = Buffer.from('x');`, 'ask an activity'],
  ['crypto', `export const x = crypto.randomUUID();`, 'ask an activity'],
  ['performance', `export const x = performance.now();`, 'ask an activity'],
  ['require', `require('node:fs');`, 'ask an activity'],
  ['Intl', `export const x = new Intl.DateTimeFormat();`, 'depends on the host'],
  ['the locale', `export const x = (1000).toLocaleString();`, 'depends on the host'],
  ['the order of a locale', `export const x = 'a'.localeCompare('b');`, 'depends on the host'],
  ['console', `console.log('x');`, 'Use log'],
])('25.7: no workflow uses %s, nor what stands in its bundle', (_what, text, message) => {
  for (const file of [...TYPES, STEP, ...SHARED])
    expect(refusals(file, text)).toEqual([expect.stringContaining(message)]);
});

it.each([
  ['the time', `export const x = [Date.now(), new Date()];`],
  ['chance', `export const x = Math.random();`],
  ['a schema', `import { z } from 'zod';`],
  ['the workflow API', `import { sleep } from '@temporalio/workflow';`],
])('25.7: a workflow uses %s, which replays', (_what, text) => {
  for (const file of [...TYPES, STEP]) expect(refusals(file, text)).toEqual([]);
});

it('25.7: a workflow may name the type of an activity', () => {
  const text = `import type { Activities } from '../../activities/control';`;
  for (const file of [...TYPES, STEP]) expect(refusals(file, text)).toEqual([]);
});

it('25.7: an activity uses no workflow API', () => {
  const [refusal] = refusals(CONTROL, `import { sleep } from '@temporalio/workflow';`);
  expect(refusal).toContain('Activities use @temporalio/activity');
});
