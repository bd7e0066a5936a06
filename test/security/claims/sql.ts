import type { Section } from './section';

/** Of the section “What a backup's SQL can do”. */
export const sql: Section = {
  claims: [
    [
      'Any other backslash outside of quotes is refused',
      'security/content/gate-and-psql',
      '23.1: what the gate lets through, psql itself takes for no command either',
    ],
    [
      'Everything else ends with `ContentRefused`',
      'security/content/refused-statements',
      '23.1: refused before anything of it is run:',
    ],
    [
      'may not be set conditionally, so that Kalpa and the server never read one statement in two ways',
      'security/content/refused-statements',
      'strings with backslashes under a condition that does not hold',
    ],
    [
      "casts between two of the server's own types by a function, rights on what",
      'security/content/refused-statements',
      '23.1: code that runs with the rights of the server is named',
    ],
    [
      "A cast between two of the server's own types by a function runs for",
      'security/content/refused-statements',
      '23.1: code that runs with the rights of the server is named',
    ],
    [
      'into the tables that the manifest names and preflight has found empty',
      'security/content/refused-statements',
      'definitions among rows alone and among roles',
    ],
    ['A caller may accept', 'security/content/accepted-refusals', 'what is not accepted by name stays refused'],
    [
      "Backslash lines can't be accepted",
      'security/content/accepted-refusals',
      "a shell command has no name, so it can't be accepted",
    ],
    [
      'functions in C, `internal` and untrusted languages, such languages and extensions',
      'security/content/refused-statements',
      '23.1: code that runs with the rights of the server is named',
    ],
    [
      'get no password, whatever the backup says; new superusers are named in the result',
      'security/content/refused-statements',
      '23.1: roles are made without passwords, and a new superuser is named',
    ],
    [
      'Loads of dumps run as a role of their own',
      'security/content/confined-loads',
      '23.1: no code of a dump runs as the configured role, wherever it stands',
    ],
    [
      'generated from the result, never copied from the stored text',
      'security/content/keyspace-content',
      '23.6: definitions are rewritten from what was read, under the new name',
    ],
    [
      'Statements are sent one by one',
      'security/content/one-by-one',
      '23.1: a message with two statements is refused by the server',
    ],
    [
      'are carried out by Kalpa, in exactly the forms',
      'security/content/gate-and-psql',
      '23.1: what the gate lets through',
    ],
    [
      '**Only listed statements are allowed**',
      'security/content/dumps-of-releases',
      '23.1: every shape of the dumps of',
    ],
    ['The whole text is read first', 'e2e/security/forged-content', 'refused before anything of it is run'],
    ['must have the same SHA-256', 'activities/load/load-text-twice', '22.8: rows alone end before COMMIT where'],
    [
      'Every other statement is still refused',
      'security/content/accepted-refusals',
      'what is not accepted by name stays refused',
    ],
    [
      'What is accepted runs as `ysql.user`',
      'security/content/accepted-refusals',
      'as the configured role, and nothing else',
    ],
    [
      'its result warns of what a restore or load would refuse',
      'activities/rehearse-renaming',
      'what a restore would refuse is reported when the backup is made',
    ],
    [
      'with a password that only this load knows',
      'security/content/load-role',
      '23.1: the role of a load goes with its database:',
    ],
    [
      'run as that role. What the owner',
      'security/content/confined-loads',
      '23.1: no code of a dump runs as the configured role',
    ],
    ['counted in the result (`asConfiguredRole`)', 'security/content/confined-loads', 'owners and rights too'],
    [
      'values of rows that are inserted by statements must each be one value',
      'security/content/keyspace-content',
      '23.6: options that are pasted are names and constants',
    ],
    [
      'The result names them; nothing else stops them',
      'security/content/accepted-refusals',
      '23.1: a result names functions in C',
    ],
    [
      'the owner makes such a function without it',
      'security/content/load-role',
      '23.1: LEAKPROOF functions are made by the owner',
    ],
    [
      'None of these evaluates an expression of the dump',
      'security/content/confined-loads',
      '23.1: no code of a dump runs as the configured role',
    ],
  ],
  explains: [
    'Steps pass on the hash',
    'A confined load needs a server',
    '`trust`, `md5` and `scram',
    'The connection manager knows SCRAM',
    'Which statements each release writes',
    'Confined loads were tested on',
  ],
  advises: ["Restore what you don't trust"],
  remains: [
    'Functions in C, `internal` and untrusted languages run inside',
    'So can extensions that reach',
    'The script of an extension',
    'Triggers, rules, views, policies',
    '**The restore of a backup** needs',
    'Functions in indexes, checks, defaults',
    'A dump of rows contains values',
    '**`ysql.confineLoads: false`**',
    "A load that `ysql.user` can't confine",
  ],
  opens: [
    'The schema of a backup, its roles',
    '**No shell reads them',
    '**Two passes',
    'What remains possible for whoever',
    '**Code that a result',
    '**The code of the schema',
  ],
};
