import { builtinModules } from 'node:module';
import tseslint from 'typescript-eslint';

/** What the workflow bundle may import beside the product's own files. */
const BUNDLED = ['@temporalio/workflow', '@temporalio/common', 'zod', 'parse-duration'];
const NOT_BUNDLED = `^(?!\\.|@temporalio/|(?:${[...BUNDLED, ...builtinModules].join('|')})$|(?:node:|${builtinModules.join('/|')}/))`;

/**
 * What Temporal's sandbox lacks, or what is not the same on replay. `Date` and `Math.random` are replaced there, so they
 * are not among them; `setTimeout` is replaced by a timer, too, which the scope that it was started in does not own.
 */
const NOT_IN_WORKFLOWS = [
  ...['setTimeout', 'setInterval', 'setImmediate'].map((name) => [name, "Use sleep of '@temporalio/workflow'."]),
  ...['WeakRef', 'FinalizationRegistry'].map((name) => [name, 'It shows when memory is freed, so it throws there.']),
  ...['fetch', 'WebSocket', 'process', 'Buffer', 'crypto', 'performance', 'require'].map((name) => [
    name,
    'Not in the sandbox of workflows; ask an activity.',
  ]),
  ['Intl', 'What it prints depends on the host and its release of Node.'],
  ['console', "Use log of '@temporalio/workflow', which is silent on replay."],
].map(([name, message]) => ({ name, message }));

const PLAIN_ERROR = {
  selector: "ThrowStatement > NewExpression[callee.name='Error']",
  message: 'A plain Error fails the workflow task for ever; throw failure(type, …).',
};
const SEVERAL_ARGUMENTS = {
  selector: 'ExportNamedDeclaration > FunctionDeclaration[async=true][params.length>1]',
  message: 'One object in, one object out: the UI sends one argument.',
};

export default tseslint.config(
  { ignores: ['dist/**', '.kalpa/**', '.kalpa-test/**', 'node_modules/**', '**/*.cjs', '**/*.mjs', 'coverage/**'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/only-throw-error': 'off', // a rethrown cause of Temporal is typed unknown
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'], location: 'anywhere' }],
      // Prettier wraps code, not comments; a text of one line stays one line, so that it can be searched for.
      'max-len': ['error', { code: 10_000, comments: 120, ignoreUrls: true, ignorePattern: 'eslint-disable' }],
    },
  },
  {
    // Everything that the workflow bundle reaches runs in Temporal's sandbox.
    files: ['src/workflows/**/*.ts', 'src/contract/**/*.ts', 'src/objects/**/*.ts', 'src/redaction/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: [...builtinModules, ...builtinModules.map((name) => `${name}/*`), 'node:*'],
              message: 'No Node builtin works in a workflow; ask an activity.',
            },
            {
              group: ['@temporalio/activity', '@temporalio/client', '@temporalio/worker'],
              message: 'Not in workflow code: the bundle would not build.',
            },
            { regex: NOT_BUNDLED, message: `The bundle of the workflows holds ${BUNDLED.join(', ')} alone.` },
            {
              group: ['**/activities/**', '**/repository/**', '**/transfer/**', '**/yugabyte/**', '**/config/**'],
              allowTypeImports: true,
              message: 'Types only: workflows call activities through policies.ts.',
            },
          ],
        },
      ],
      'no-restricted-syntax': ['error', PLAIN_ERROR],
      'no-restricted-globals': ['error', { globals: NOT_IN_WORKFLOWS, checkGlobalObject: true }],
      'no-restricted-properties': [
        'error',
        ...['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString', 'localeCompare'].map((property) => ({
          property,
          message: 'What it returns depends on the host and its release of Node.',
        })),
      ],
    },
  },
  {
    // The files on top, one a workflow type. A later block replaces a rule of an earlier one, so this one repeats it.
    files: ['src/workflows/*.ts'],
    ignores: ['src/workflows/index.ts'],
    rules: { 'no-restricted-syntax': ['error', PLAIN_ERROR, SEVERAL_ARGUMENTS] },
  },
  {
    files: ['src/activities/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { paths: [{ name: '@temporalio/workflow', message: 'Activities use @temporalio/activity.' }] },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
