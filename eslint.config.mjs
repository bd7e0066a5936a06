// Type-checked lint. The rules beyond the preset each caught a real Temporal bug when tried against a wrong file.
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import tseslint from 'typescript-eslint';

const root = import.meta.dirname;

/** What the worker runs as a workflow: files that the bundle's index exports, each started with one object. */
const workflowFiles = [...readFileSync(`${root}/src/workflows/index.ts`, 'utf8').matchAll(/from '\.\/([^']+)'/g)].map(
  ([, name]) => `src/workflows/${name}.ts`,
);

const nodeModules = builtinModules.filter((name) => name !== 'assert').flatMap((name) => [name, `node:${name}`]);
const outsideTheSandbox = ['activity', 'client', 'worker', 'testing'].map((name) => `@temporalio/${name}`);
const plainError = {
  selector: "ThrowStatement > NewExpression[callee.name='Error']",
  message: 'A plain Error retries the workflow task for ever. Throw an ApplicationFailure with a type of the contract.',
};
const secondParameter = {
  selector: 'ExportNamedDeclaration > FunctionDeclaration[async=true][params.length>1]',
  message: 'A workflow takes one object: the UI and the CLI send one argument.',
};
const fromThePolicies = {
  name: '@temporalio/workflow',
  importNames: ['proxyActivities', 'proxyLocalActivities'],
  message: 'Activity options stand in src/workflows/policies.ts.',
};

/** Of every file that the workflow bundle reaches. */
const sandboxImports = (paths) => [
  'error',
  {
    paths: [
      ...nodeModules.map((name) => ({ name, message: 'Workflow code runs without Node modules.' })),
      ...outsideTheSandbox.map((name) => ({ name, message: 'This package does not load in the workflow bundle.' })),
      ...paths,
    ],
    patterns: [
      {
        regex: '/(activities|repository|transfer|yugabyte|config|worker)(/|$)',
        allowTypeImports: true,
        message: 'Workflow code calls activities through policies.ts and takes only types from below.',
      },
    ],
  },
];

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', '.kalpa*/', 'node_modules/', 'docs/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'], location: 'start' }],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true, allowRethrowing: true }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/unbound-method': 'off', // parts here are objects of closures; nothing reads `this` of them
    },
  },
  {
    files: ['src/workflows/**/*.ts', 'src/contract/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': sandboxImports([fromThePolicies]),
      'no-restricted-syntax': ['error', plainError],
    },
  },
  {
    files: ['src/workflows/policies.ts'],
    rules: { '@typescript-eslint/no-restricted-imports': sandboxImports([]) },
  },
  { files: workflowFiles, rules: { 'no-restricted-syntax': ['error', plainError, secondParameter] } },
  {
    files: ['src/contract/**/*.ts'],
    rules: { 'no-restricted-syntax': 'off' }, // its parsers are called outside of workflows too
  },
  {
    files: ['src/activities/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: [{ name: '@temporalio/workflow', message: 'Its `sleep` and friends do not work in an activity.' }],
        },
      ],
    },
  },
);
