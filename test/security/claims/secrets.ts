import type { Section } from './section';

/** Of the sections “What is stored where”, “Secrets in a schema”, “Secrets”. */
export const secrets: Section = {
  claims: [
    // What is stored where
    [
      'cuts `DETAIL`, `CONTEXT` and `QUERY` off',
      'yugabyte/process/pg-tools',
      'DETAIL, CONTEXT and the lines behind them are cut from what is quoted',
    ],
    [
      'a restore is refused until the target',
      'faults/restore-refused',
      '57: it lacks the universe key that the files are encrypted with',
    ],
    ['| the bucket | tablet files', 'e2e/security/secrets', '22.7: secrets of a schema stand in its dumps alone'],
    ["| Temporal's histories |", 'e2e/security/secrets', '22.7: secrets of a schema stand in its dumps alone'],
    ['| logs |', 'e2e/security/secrets', '22.7: secrets of a schema stand in its dumps alone'],
    // Secrets
    [
      'handed to the tools through their environment, never as an argument',
      'yugabyte/process/pg-tools',
      'a tool gets its password in the environment alone',
    ],
    [
      "which only the worker's user may read",
      'yugabyte/process/scratch-folder',
      'only this user may look into a scratch folder',
    ],
    [
      'the next worker that starts removes what a killed one has left',
      'yugabyte/process/scratch-folder',
      '36: what a killed process left is removed, what a living one uses is not',
    ],
    [
      'must have mode 0600 or 0640, or less, and belong to the user of the process or to root',
      'config/private-files',
      '23.13: every file with a secret is known, and certificates are none',
    ],
    [
      'a password is not used, and `kalpa doctor` says so',
      'config/private-files',
      '23.13: a password is refused at each use, not only at the start',
    ],
    [
      'A backup holds the names and memberships of roles, no password hashes',
      'yugabyte/process/pg-tools',
      'roles are dumped without password hashes unless asked',
    ],
    ['shows `[redacted]` for the values of', 'redaction/redact', '22.7: %s shows no secret'],
    [
      'This holds for messages, histories, heartbeats, records in the bucket and logs',
      'e2e/security/secrets',
      '22.7: secrets of a schema stand in its dumps alone',
    ],
    ['are requested again when they expire', 'transfer/credentials', '27: are fetched again by the chain'],
    [
      'keys and certificates come from `temporal.toml`',
      'config/load-config',
      'reads temporal.toml and leaves S3 keys to the AWS chain otherwise',
    ],
    ['at most the first 160 characters', 'redaction/redact', '22.7: redacts before it shortens'],
  ],
  explains: [
    "| a control worker's temporary folder",
    '| the data directories',
    'The rows in the bucket are',
    "PostgreSQL's error details may quote",
    'A schema may hold secrets',
    '`OPTIONS (…)` of foreign',
    "`CONNECTION '…'` of sub",
    'settings of databases and roles',
    'They are in the bucket below',
    '**S3 keys** come from',
    'Kalpa does not control the database',
  ],
  advises: ['Protect the bucket as', 'Keep the keys as long', 'Secrets that Kubernetes'],
  remains: ['Whoever may read the bucket can read'],
  opens: ['**Dumps and the schema of a backup hold'],
};
