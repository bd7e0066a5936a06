import type { Section } from './section';

/** Of the sections “The embedded stack”, “Who may start what”, “What is printed”, “Who is trusted with what”. */
export const callers: Section = {
  claims: [
    // The embedded stack
    [
      'has mode 0700, logs and keys 0600',
      'stack/embedded-stack',
      '23.13: nobody else may look into its home, its logs and its keys',
    ],
    ['PostgreSQL needs a password', 'stack/embedded-stack', '23.13: its PostgreSQL needs a password'],
    [
      'everything listens on loopback addresses only',
      'stack/embedded-stack',
      '23.13: it listens on the loopback addresses alone',
    ],
    // Who may start what
    [
      'Wrong input ends with one final `InvalidInput` before anything else is done',
      'security/hostile-input',
      '23.4: every activity that takes an input refuses a wrong one without a retry',
    ],
    [
      'names at most 20 wrong fields, each shortened',
      'security/callers/hostile-caller',
      '23.9: sends 20,000 fields that there are not, and gets one small failure',
    ],
    [
      'A malformed signal is ignored',
      'security/callers/hostile-caller',
      '23.10: signals a guardian with what is no note and no end, and it continues',
    ],
    [
      'Ids and keys that are passed to node workers and control workers contain no path',
      'security/bucket/forged-records',
      'a snapshot id %j is no directory',
    ],
    [
      'A guardian undoes steps only for the run that started it',
      'security/callers/foreign-owner',
      '23.4: a guardian of a workflow that is not of Kalpa',
    ],
    [
      'it records in the bucket (`makings/`) what exists there',
      'security/callers/hostile-undo',
      '23.4: of a keyspace that stood there when the run looked first, is not undone, whatever it is called',
    ],
    [
      "A guardian deletes only what a step of its owner's run has made",
      'security/callers/foreign-owner',
      '23.4: of a run of Kalpa leaves a snapshot that was there before it, whatever a lost reply is taken for',
    ],
    [
      'The input of each workflow, activity and signal has a schema',
      'security/every-input',
      '23.4: has a schema: each workflow',
    ],
    [
      'An error that workflow code did not expect ends the run',
      'workflows/errors-of-code',
      '23.10: ends each type of workflow on its way, and nothing of it continues',
    ],
    [
      'Whatever the run is not proved to have created is left',
      'security/callers/hostile-undo',
      '23.4: by hand, of %s, is not undone',
    ],
    [
      'Anything else is left, and named',
      'security/callers/foreign-owner',
      '23.4: does not undo %s: nothing is deleted, and a leftover says why',
    ],
    [
      'A guardian switches the load balancer on only if',
      'security/callers/foreign-owner',
      '23.4: does not undo %s, though steps of our own workers stand in its history',
    ],
    ['is a lease that ends by itself within two minutes', 'activities/pause-splitting', 'for at most two minutes'],
    [
      'A step that changes the cluster or the bucket is carried out only for the run that scheduled it',
      'security/callers/foreign-owner',
      '23.4: has no step of ours change anything',
    ],
    // What is printed
    [
      'are shown, never interpreted',
      'security/shown-fields',
      '23.11: moves nothing on the screen of kalpa %s, and forges no line',
    ],
    [
      "A name with a line feed can't forge a row of a table or a line of a log",
      'security/escape-controls',
      '23.11: a name with a line feed forges no row of a table',
    ],
    [
      'A database whose name contains a control character is refused',
      'security/escape-controls',
      '23.13: a database named with a line feed, or another control character, is refused',
    ],
    [
      "Only Kalpa's own colours reach the terminal",
      'security/escape-controls',
      '23.11: any text is harmless on a terminal, and colours nothing',
    ],
    [
      'Further lines of a failure or a warning are indented',
      'security/escape-controls',
      '23.11: a failure or warning with a line feed forges no line',
    ],
    [
      'On a page none of it is rendered as Markdown',
      'security/escape-controls',
      '23.11: on a page, %s opens no code in which a link would stand as it is',
    ],
    [
      'The reason of a hold or a deletion is a single line',
      'security/escape-controls',
      '23.11: the reason of a hold or deletion is one line of text, so not %j',
    ],
  ],
  explains: [
    '`npm start` is meant for',
    '| a control worker | the key',
    '| a node worker | the tablet',
    '| the janitor | a key that signs',
    '| whoever may create objects',
    '| whoever may overwrite',
    '| whoever may start workflows',
  ],
  advises: ['Give that right only to people', 'Whoever only looks needs', "Temporal's role `write` includes"],
  remains: [
    'Temporal and the internal ports',
    "Whoever may write to Temporal's namespace",
    "Only Temporal's authorisation prevents",
    'Whoever may **poll**',
    'Whoever may start workflows can start',
  ],
  opens: [
    "What such a caller can't do",
    '**Send input that breaks',
    '**Escape from a folder',
    '**Have a database dropped',
    '**Have a snapshot or a schedule deleted',
    '**Have a switch changed',
    '**Act under another run',
  ],
};
