// Imports point downwards only (docs/how-it-works.md): what may import what, folder by folder.
const below = (folder) => `^src/${folder}/`;
const anyOf = (folders) => `^src/(${folders.join('|')})/`;

/** What each folder of src/ may import beside itself; `types` only with `import type`. */
const ALLOWED = {
  contract: { values: [] },
  transfer: { values: [] },
  yugabyte: { values: [] },
  repository: { values: ['transfer'] },
  config: { values: ['contract'], types: ['transfer'] },
  workflows: { values: ['contract'], types: ['activities'] },
  activities: { values: ['yugabyte', 'repository', 'transfer', 'config', 'contract'] },
  worker: { values: ['activities', 'yugabyte', 'repository', 'transfer', 'config', 'contract'] },
  client: { values: ['contract'] },
  cli: { values: ['client', 'worker', 'repository', 'transfer', 'yugabyte', 'config', 'contract'] },
};

const direction = Object.entries(ALLOWED).flatMap(([folder, { values, types = [] }]) => [
  {
    name: `${folder}-imports-downwards`,
    comment: `src/${folder} may import ${[...values, ...types.map((name) => `${name} (types)`)].join(', ') || 'no other folder of src'}.`,
    severity: 'error',
    from: { path: below(folder) },
    to: { path: '^src/', pathNot: anyOf([folder, ...values, ...types]) },
  },
  ...types.map((name) => ({
    name: `${folder}-takes-only-types-of-${name}`,
    severity: 'error',
    from: { path: below(folder) },
    to: { path: below(name), dependencyTypesNot: ['type-only'] },
  })),
]);

/** Folders that must not know of a library. */
const unaware = (folder, name, path) => ({
  name: `${folder}-knows-nothing-of-${name}`,
  severity: 'error',
  from: { path: `^${folder}/` },
  to: { path },
});

module.exports = {
  forbidden: [
    ...direction,
    unaware('src/transfer', 'temporal', 'node_modules/@temporalio/'),
    unaware('src/repository', 'temporal', 'node_modules/@temporalio/'),
    unaware('src/yugabyte', 'temporal', 'node_modules/@temporalio/'),
    unaware('src/repository', 'the-s3-client', 'node_modules/@aws-sdk/'),
    {
      name: 'product-stands-alone',
      comment: 'src/ never imports the emulator or the embedded stack; `kalpa dev` starts the stack as a process.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(emulator|stack|test|bench)/' },
    },
    {
      name: 'emulator-stands-alone',
      comment: 'The emulator and the product agree by documents and fixtures, never by shared code.',
      severity: 'error',
      from: { path: '^emulator/' },
      to: { path: '^(src|stack|test)/' },
    },
    {
      name: 'stack-starts-the-product-as-processes',
      severity: 'error',
      from: { path: '^stack/' },
      to: { path: '^(src|test)/' },
    },
    {
      name: 'contract-imports-only-two-libraries',
      severity: 'error',
      from: { path: '^src/contract/' },
      to: { path: 'node_modules/', pathNot: 'node_modules/(zod|parse-duration)/' },
    },
    {
      name: 'contract-needs-no-node',
      comment: 'It is part of the workflow bundle.',
      severity: 'error',
      from: { path: '^src/(contract|workflows)/' },
      to: { dependencyTypes: ['core'] },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-development-dependency-in-the-product',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['node', 'import', 'require', 'default', 'types'] },
  },
};
