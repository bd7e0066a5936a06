const swc = [
  '@swc/jest',
  { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' }, sourceMaps: 'inline' },
];
// ES-module-only packages that jest 30 cannot `require` by itself.
const transformIgnorePatterns = ['/node_modules/(?!(parse-duration)/)'];
const project = (displayName, more) => ({
  displayName,
  testEnvironment: 'node',
  transform: { '\\.[cm]?[jt]s$': swc },
  transformIgnorePatterns,
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/\\.kalpa'],
  // Not under TMPDIR, which `npm test` empties: what was compiled once is found again by every project and every run.
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  ...more,
});
// `npm run test:full` leaves out none. `npm test` leaves out what it has a shorter test of or one of the same way, the
// example, and of the stand-in database what the product's tests don't stand on.
const leftOut =
  process.env.KALPA_TEST_FULL === '1'
    ? []
    : [
        '/test/e2e/(?:[a-z]+/)?(busy-night|ddl-storm|example-service|random-moments|releases|whole-conformance)\\.test\\.ts$',
        '/test/faults/(in-cluster|logical-dumps)\\.test\\.ts$',
        '/test/emulator/(backup-and-restore|dialects|durability|faults|fixtures|journal|recovery-limits|shapes|time-travel)\\.test\\.ts$',
      ];
const apart = [
  '/test/e2e/',
  '/test/faults/',
  '/test/replay/',
  '/test/ui/',
  '/test/afterwards/',
  '/test/torture/',
  '/test/workflows/',
  '/test/security/callers/',
];

// One embedded stack for every test of these projects.
const stack = {
  globalSetup: '<rootDir>/test/support/start-stack.cjs',
  globalTeardown: '<rootDir>/test/support/stop-stack.cjs',
};

module.exports = {
  testTimeout: 120_000,
  maxConcurrency: 2, // tests on clusters of their own, at once; each needs about one processor
  projects: [
    project('unit', {
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', ...apart, ...leftOut],
    }),
    project('workflows', {
      testMatch: ['<rootDir>/test/{workflows,security/callers}/**/*.test.ts'],
      globalSetup: '<rootDir>/test/support/workflows/start-temporal.ts',
      globalTeardown: '<rootDir>/test/support/workflows/stop-temporal.ts',
    }),
    project('replay', { testMatch: ['<rootDir>/test/replay/**/*.test.ts'] }),
    project('e2e', {
      ...stack,
      testMatch: ['<rootDir>/test/e2e/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', ...leftOut],
      setupFilesAfterEnv: ['<rootDir>/test/support/cluster/drop-new-databases.ts'],
    }),
    project('faults', {
      ...stack,
      testMatch: ['<rootDir>/test/faults/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', ...leftOut],
    }),
    project('torture', { ...stack, testMatch: ['<rootDir>/test/torture/**/*.test.ts'] }),
    // What the others have left, while their stack still stands: `npm test` runs it last.
    project('afterwards', { ...stack, testMatch: ['<rootDir>/test/afterwards/**/*.test.ts'] }),
    project('ui', { ...stack, testMatch: ['<rootDir>/test/ui/**/*.test.ts'] }),
  ],
};
