import tseslint from 'typescript-eslint';

const nodeBuiltins = [
  'fs',
  'fs/*',
  'path',
  'os',
  'child_process',
  'crypto',
  'http',
  'https',
  'net',
  'stream',
  'timers',
  'timers/*',
  'util',
  'worker_threads',
  'zlib',
  'process',
  'buffer',
];

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
              group: [...nodeBuiltins, ...nodeBuiltins.map((name) => `node:${name}`)],
              message: 'No Node builtin works in a workflow; ask an activity.',
            },
            {
              group: ['@temporalio/activity', '@temporalio/client', '@temporalio/worker'],
              message: 'Not in workflow code: the bundle would not build.',
            },
            {
              group: ['**/activities/**', '**/repository/**', '**/transfer/**', '**/yugabyte/**', '**/config/**'],
              allowTypeImports: true,
              message: 'Types only: workflows call activities through policies.ts.',
            },
          ],
        },
      ],
      'no-restricted-syntax': ['error', PLAIN_ERROR],
    },
  },
  {
    files: ['src/workflows/**/*.ts'],
    ignores: ['src/workflows/run/policies.ts'],
    rules: {
      'no-restricted-globals': ['error', { name: 'setTimeout', message: "Use sleep of '@temporalio/workflow'." }],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'Not deterministic.' }],
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
