// Imports point downwards only (docs/how-it-works.md). Each rule: what a folder must not import.
const not = (name, from, to, comment) => ({ name, severity: 'error', comment, from: { path: from }, to: { path: to } });
const typesOnly = (name, from, to) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: to, dependencyTypesNot: ['type-only'] },
});

/** Chapters of the activities; what several need stands in the folders beside them. */
const CHAPTER =
  '^src/activities/control/(backup|restore|snapshot|pitr|dump|load|inspect|retention|rehearsal|verification)/';
const SHARED = '^src/activities/control/(preflight|lookup|history|content|copies|fingerprint|waits|undo|lock|run)/';
/** Chapters of the workflows' steps. */
const STEPS = '^src/workflows/(backup|restore|snapshot|pitr|dump|load|retention|rehearsal|verification)/';

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    not('src-never-imports-the-stand-in', '^src/', '^(emulator|stack|test)/'),
    not(
      'emulator-stands-alone',
      '^emulator/',
      '^(src|stack|test)/',
      'the two sides must agree by the facts, not by sharing code',
    ),
    not('stack-imports-no-source', '^stack/', '^(src|test)/'),
    not('redaction-imports-nothing', '^src/redaction/', '^src/(?!(redaction|objects)/)', 'every folder may import it'),
    not('untrusted-imports-nothing', '^src/untrusted/', '^src/(?!(untrusted|objects)/)', 'every folder may import it'),
    not('objects-imports-nothing', '^src/objects/', '^src/(?!objects/)', 'every folder may import it'),
    not('contract-imports-nothing', '^src/contract/', '^src/(?!(contract|redaction|objects)/)'),
    not('workflows-import-the-contract', '^src/workflows/', '^src/(client|cli|worker|config)/'),
    typesOnly(
      'workflows-take-types-of-activities-only',
      '^src/workflows/',
      '^src/(activities|yugabyte|repository|transfer)/',
    ),
    not('activities', '^src/activities/', '^src/(workflows|worker|client|cli)/'),
    {
      name: 'chapters-import-no-other-chapter',
      severity: 'error',
      comment: 'what two chapters need belongs into a folder beside them',
      from: { path: CHAPTER },
      to: { path: CHAPTER, pathNot: '^src/activities/control/$1/' },
    },
    not('what-chapters-share-imports-none', SHARED, CHAPTER),
    {
      name: 'chapters-of-workflows-import-no-other-chapter',
      severity: 'error',
      from: { path: STEPS, pathNot: '^src/workflows/rehearsal/' },
      to: { path: STEPS, pathNot: '^src/workflows/$1/' },
    },
    not(
      'a-rehearsal-is-a-restore',
      '^src/workflows/rehearsal/',
      STEPS.replace('restore|', '').replace('rehearsal|', ''),
      'and imports no other chapter',
    ),
    not('what-steps-share-imports-none', '^src/workflows/(run|lock|copy)/', STEPS),
    not('retention', '^src/retention/', '^src/(?!(retention|contract|objects)/)', 'a plan is a pure function'),
    not(
      'holdings',
      '^src/holdings/',
      '^src/(?!(holdings|repository|retention|contract|objects)/)',
      'activities and the command line ask the same questions',
    ),
    not('yugabyte', '^src/yugabyte/', '^src/(?!(yugabyte|redaction|untrusted|objects)/)'),
    not('transfer', '^src/transfer/', '^src/(?!(transfer|redaction|objects)/)'),
    not('repository', '^src/repository/', '^src/(?!(repository|transfer|redaction|untrusted|objects)/)'),
    not('config', '^src/config/', '^src/(?!(config|contract|redaction|objects)/)'),
    not('client', '^src/client/', '^src/(?!(client|contract|schedules|redaction|objects)/)'),
    not(
      'schedules',
      '^src/schedules/',
      '^src/(?!(schedules|contract|objects)/)',
      'activities and the client ask the same questions',
    ),
    not('cli', '^src/cli/', '^src/(workflows|activities)/'),
    not('worker', '^src/worker/', '^src/(cli|client)/'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    exclude: { path: '^dist/' },
  },
};
