import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const unquoted = (text: string): string => text.replace(/\s+/g, ' ');
const page = unquoted(readFileSync(join(ROOT, 'docs/security.md'), 'utf8'));

/** A sentence of docs/security.md that claims something, and the test that would fail if it were false. */
type Claim = [sentence: string, file: string, title: string];

const CLAIMS: Claim[] = [
  // What is stored where, secrets
  [
    'cuts `DETAIL`, `CONTEXT` and `QUERY` off',
    'yugabyte/process/pg-tools',
    'DETAIL, CONTEXT and the lines behind them are cut from what is quoted',
  ],
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
    'what a worker that was killed has left, the next one removes when it starts',
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
  // TLS
  [
    'nothing is connected to. Preflight refuses with one finding',
    'security/servers/hostile-sql-server',
    '23.7: without an authority nobody is asked at all by %s',
  ],
  [
    'gets no password, neither in clear nor hashed, and is not asked a second time without TLS',
    'security/servers/hostile-sql-server',
    '23.7: gets no password by %s',
  ],
  [
    '`require` without `rootCert` encrypts for whoever answers: it is no verification',
    'security/servers/hostile-sql-server',
    '23.7: "require" without an authority verifies nothing, by %s',
  ],
  [
    'no password of `~/.pgpass` and no Kerberos in place of TLS',
    'security/servers/hostile-sql-server',
    '23.7: a tool finds no password or Kerberos ticket of its own',
  ],
  [
    '`https` where there is a section `tls`',
    'security/servers/https-pages',
    '23.7: where the nodes speak TLS the pages are read with https, verified by ca.crt of their folder',
  ],
  [
    '`ycqlsh` gets `SSL_CERTFILE` and `SSL_VALIDATE=true`',
    'security/servers/hostile-ycql-server',
    '23.7: for a server that proves its name the shell is told to verify too',
  ],
  // How much is believed of the cluster
  [
    'a tool is ended or a connection broken off, and the step fails for good',
    'security/servers/endless-answers',
    '23.8: a tool that prints for ever',
  ],
  [
    'the answer to one SQL statement',
    'security/servers/endless-answers',
    '23.8: with one message without an end is left at the limit',
  ],
  ['a web page, unpacked', 'security/bombs', '23.8: is counted after it was unpacked'],
  [
    'Time and memory grow with the length of what was said and no faster',
    'security/fuzz/tool-output',
    '23: time grows with the length and no faster:',
  ],
  // Rights in the bucket
  [
    'the policies deny puts without it, of multipart uploads when they are completed',
    'security/bucket/bucket-policy',
    '23.5: the policy of',
  ],
  [
    'prints the rights of one role for the configured bucket',
    'security/bucket/bucket-policy',
    '23.5: each role is printed by the command line for the configured bucket',
  ],
  // Who may start what
  [
    'What is wrong is one final `InvalidInput` before anything is looked at',
    'security/hostile-input',
    '23.4: every activity that takes an input refuses a wrong one for good',
  ],
  [
    'of at most 20 wrong fields, each cut',
    'security/callers/hostile-caller',
    '23.9: sends 20,000 fields that there are not, and gets one small failure',
  ],
  [
    'a signal that says nothing that such a signal says is left out',
    'security/callers/hostile-caller',
    '23.10: signals a guardian with what is no note and no end, and it goes on',
  ],
  [
    'Ids and keys that node workers and control workers are given hold no path',
    'security/bucket/forged-records',
    'a snapshot id %j is no directory',
  ],
  [
    'A guardian undoes only for the run that started it',
    'security/callers/foreign-owner',
    '23.4: a guardian of a workflow that is not of Kalpa',
  ],
  [
    'it records in the bucket (`makings/`) what stands there',
    'security/callers/hostile-undo',
    '23.4: of a keyspace that stood there when the run looked first, is not undone, whatever it is called',
  ],
  [
    "A guardian deletes only what a step of its owner's run has made",
    'security/callers/foreign-owner',
    '23.4: of a run of Kalpa leaves a snapshot that was there before it, whatever a lost reply is taken for',
  ],
  // What is printed
  [
    'are shown, not acted on',
    'security/shown-fields',
    '23.11: moves nothing on the screen of kalpa %s, and forges no line',
  ],
  [
    'A name with a line feed makes no row of a table and no line of a log',
    'security/shown-text',
    '23.11: a name with a line feed forges no row of a table',
  ],
  [
    'A database whose name holds a control character is refused',
    'security/shown-text',
    '23.13: a database named with a line feed, or another control character, is refused',
  ],
  // Signatures
  [
    'a record of one kind never passes for another',
    'security/bucket/signed-manifests',
    '23.2: with a public key, nothing of a record that it did not sign is read:',
  ],
  [
    'the size of a record is limited before it is fetched',
    'security/bucket/signed-manifests',
    'a record larger than any is not even fetched',
  ],
  [
    'its signature is proved before anything in it is parsed',
    'security/fuzz/stored-records',
    'whatever bytes are changed, what is read is what was signed',
  ],
  [
    'takes this very one, signed or not',
    'security/bucket/signed-manifests',
    '23.2: restores what is not signed, and only that',
  ],
  // What is believed of the bucket
  ['no file stands in another one', 'security/bucket/file-list-attacks', '23.3: of what stands in one object'],
  [
    'A backup whose lists a restore would refuse is not committed',
    'repository/repository',
    '23.3: tells what a restore would refuse, so that it is not committed',
  ],
  [
    'A manifest that nobody can read stops no sweep, unless a known key has signed it',
    'security/bucket/sweep-attacks',
    '23.5: what somebody has created as a manifest that nobody can read',
  ],
  [
    'for which anybody finds signatures, 32 bytes of zero for one, is refused',
    'security/bucket/signature-attacks',
    'no key of few is one, for which anybody finds a signature: %s',
  ],
  [
    'no object of a foreign backup is named',
    'security/bucket/forged-records',
    '23.3: a forged file list is refused before anything is done with it:',
  ],
  [
    'A node worker writes only below the folder of the snapshot that it places, and through no link',
    'security/bucket/forged-records',
    'a link is not followed, neither as a folder nor as the temporary file',
  ],
  [
    'What is nested deeply, has millions of values, is no UTF-8 or is not well-formed Unicode is refused before anything is made of it',
    'security/fuzz/stored-records',
    '23: what is too much is refused before anything is made of it:',
  ],
  [
    'ends the run with `ManifestInvalid` before anything is changed',
    'security/fuzz/stored-records',
    '%s, only a documented failure or a sound value comes of it',
  ],
  // What is believed of a node's disk
  [
    'Nothing of it is read, waited at, followed or written through',
    'security/hostile-files',
    '23.13: exchanged between the listing and the reading',
  ],
  [
    'a name that is not UTF-8 or holds a control character',
    'security/hostile-files',
    '23.13: that is not UTF-8 is refused with its bytes',
  ],
  [
    'A data directory itself may be a link',
    'security/hostile-files',
    '23.13: as a data directory is the operator’s own, and followed',
  ],
  [
    "The file that names a directory's tserver (`instance`) is an ordinary file or is not read",
    'security/fuzz/tool-output',
    '%s is not waited at, followed or read',
  ],
  // What a backup's SQL can do
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
    'is said under no condition, so that Kalpa and the server never read one statement in two ways',
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
  ['A caller may accept', 'security/content/accepted-refusals', 'what is not named stays refused'],
  ["Backslash lines can't be accepted", 'security/content/accepted-refusals', 'a line for a shell has no name'],
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
    'what is sent is written anew from what was read, never the stored text',
    'security/content/keyspace-content',
    '23.6: definitions are written anew from what was read, under the new name',
  ],
  // Sentences that were added when every sentence of the page was looked at.
  [
    'a restore is refused until the target',
    'faults/restore-refused',
    '57: it lacks the universe key that the files are encrypted with',
  ],
  ['shows `[redacted]` for the values of', 'redaction/redact', '22.7: %s shows no secret'],
  [
    'This holds for messages, histories, heartbeats, records in the bucket and logs',
    'e2e/security/secrets',
    '22.7: secrets of a schema stand in its dumps alone',
  ],
  ['are asked for anew when they expire', 'transfer/credentials', '27: are fetched anew by the chain'],
  [
    'keys and certificates come from `temporal.toml`',
    'config/load-config',
    'reads temporal.toml and leaves S3 keys to the AWS chain otherwise',
  ],
  [
    'What leaves this machine with a password in it goes to a server that has proved its name',
    'security/servers/hostile-sql-server',
    '23.7: whom the password is for',
  ],
  [
    'This machine is `localhost`',
    'security/servers/hostile-sql-server',
    '23.7: on the loopback address TLS is not asked for by %s',
  ],
  [
    '`sslmode: disable` sends the password in clear',
    'worker/exposed-connections',
    '23.7: YSQL elsewhere with %s is told',
  ],
  ['which is taken as `prefer`', 'worker/exposed-connections', 'where it refuses TLS'],
  ['believe every server of that authority', 'worker/exposed-connections', 'does not compare the name'],
  ['are of the same kind', 'worker/exposed-connections', '23.7: Temporal elsewhere'],
  [
    'a warning in the log of each worker that starts',
    'worker/exposed-connections',
    '23.7: a worker that starts says it all',
  ],
  [
    'compares the name; nothing but the handshake is sent on it',
    'security/servers/hostile-ycql-server',
    '23.7: tells a server that %s nothing',
  ],
  ['| YSQL: our own sessions', 'security/servers/hostile-sql-server', '23.7: whom the password is for'],
  ['| YCQL: our own sessions, `ycqlsh`', 'security/servers/hostile-ycql-server', '23.7: no TLS is asked for %s'],
  ['| masters and tservers: `yb-admin`', 'worker/exposed-connections', '23.7: masters and web pages elsewhere'],
  [
    '| web pages of masters and tservers',
    'security/servers/https-pages',
    '23.7: an authority of the pages alone goes before that of the nodes',
  ],
  ['| the store |', 'worker/exposed-connections', '23.7: a store elsewhere that is spoken to in clear'],
  ['| Temporal |', 'worker/exposed-connections', '23.7: Temporal elsewhere'],
  [
    '| output of a tool that answers with a sentence',
    'security/servers/endless-answers',
    '23.8: %s is ended beyond its limit',
  ],
  ['| output of a tool that lists something', 'security/servers/endless-answers', '23.8: %s is ended beyond its limit'],
  [
    '| a file that a tool writes',
    'security/servers/endless-answers',
    '23.8: a file that a tool made is read whole up to its limit',
  ],
  [
    '64 KiB of the beginning and of the end are kept',
    'yugabyte/process/run-tool',
    'keeps the first error and the last of a tool that prints many',
  ],
  [
    '| `node` |',
    'security/bucket/bucket-policy',
    'lets it create exactly what it writes, and only where nothing stands',
  ],
  [
    '| `control` | everything',
    'security/bucket/bucket-policy',
    'lets it create exactly what it writes, and only where nothing stands',
  ],
  [
    '| `reader` |',
    'security/bucket/bucket-policy',
    'lets it create exactly what it writes, and only where nothing stands',
  ],
  ['| `janitor` |', 'security/bucket/bucket-policy', 'lets it delete what its work is, versions too, and nothing else'],
  [
    'A manifest that was overwritten is refused where manifests are signed',
    'security/bucket/signed-manifests',
    'whatever bytes of a signed manifest are replaced',
  ],
  [
    'no key of a node can write, replace or delete a manifest or a tombstone',
    'stack/store-roles',
    '23.5: is created by who makes it and by nobody else',
  ],
  ['who may create an object there may also write over it', 'stack/store-roles', '23.5: what it can not judge'],
  [
    'the policies let nodes and control workers lock what they write of a backup and prolong the lock',
    'security/bucket/bucket-policy',
    'lets it lock what it writes of a backup, and prolong the lock of what it refers to',
  ],
  [
    'without it they grant none of that',
    'security/bucket/bucket-policy',
    'lets it change neither the bucket nor labels, rights and locks',
  ],
  ['it can shorten and delete nothing', 'stack/locked-roles', '26.8: writers that can not delete back up under lock'],
  [
    'the policy of the control worker denies it, whatever it could sign',
    'stack/store-roles',
    '26.2: tombstones are written by the janitor alone',
  ],
  [
    '**A key that is known signs every kind**, whoever holds it',
    'security/bucket/retention-attacks',
    'a key that is known signs every kind, whoever holds it',
  ],
  [
    'has mode 0700, logs and keys 0600',
    'stack/embedded-stack',
    '23.13: nobody else may look into its home, its logs and its keys',
  ],
  ['PostgreSQL needs a password', 'stack/embedded-stack', '23.13: its PostgreSQL needs a password'],
  [
    'everything listens on loopback addresses alone',
    'stack/embedded-stack',
    '23.13: it listens on the loopback addresses alone',
  ],
  [
    'The input of each workflow, activity and signal has a schema',
    'security/every-input',
    '23.4: has a schema: each workflow',
  ],
  [
    'An error that workflow code did not expect ends the run',
    'workflows/errors-of-code',
    '23.10: ends each type of workflow on its way, and nothing of it goes on',
  ],
  ['What is not proved is left', 'security/callers/hostile-undo', '23.4: by hand, of %s, is not undone'],
  [
    'What is not proved is a leftover',
    'security/callers/foreign-owner',
    '23.4: does not undo %s: nothing is deleted, and a leftover says why',
  ],
  [
    'A guardian switches the load balancer on only where',
    'security/callers/foreign-owner',
    '23.4: does not undo %s, though steps of our own workers stand in its history',
  ],
  ['is a lease that ends by itself within two minutes', 'activities/pause-splitting', 'for two minutes'],
  [
    'A step that changes the cluster or the bucket is carried out only for the run that it names',
    'security/callers/foreign-owner',
    '23.4: has no step of ours change anything',
  ],
  [
    "Only Kalpa's own colours are let through",
    'security/shown-text',
    '23.11: any text is harmless on a terminal, and colours nothing',
  ],
  [
    'Further lines of a failure or a warning stand indented',
    'security/shown-text',
    '23.11: a failure or warning with a line feed forges no line',
  ],
  [
    'On a page nothing of it is Markdown',
    'security/shown-text',
    '23.11: on a page, %s opens no code in which a link would stand as it is',
  ],
  [
    'The reason of a hold or a deletion is one line',
    'security/shown-text',
    '23.11: the reason of a hold or deletion is one line of text, so not %j',
  ],
  ['signs every kind', 'security/bucket/retention-attacks', 'a key that is known signs every kind, whoever holds it'],
  [
    'a record names its cluster, not its repository',
    'security/bucket/retention-attacks',
    'a record of a repository with the same keys and cluster counts here, so that each needs keys of its own',
  ],
  [
    'counts for the backup and under the number that it says itself',
    'security/bucket/retention-attacks',
    '23.2: a record of a deletion or a hold counts as what it says itself',
  ],
  [
    'the next change takes the first free name after the last one that counts',
    'security/bucket/retention-attacks',
    '%s: a hold holds, its release releases, and a deletion deletes',
  ],
  [
    'What became no backup is deleted only under a name that a backup can have',
    'security/bucket/retention-attacks',
    'deletes nothing where it %s',
  ],
  [
    'a sweep removes what is named after its own backup alone',
    'security/bucket/retention-attacks',
    'keeps %s when that backup is swept',
  ],
  ['keeps that one from being swept', 'security/bucket/retention-attacks', 'keeps that one, and stops no other'],
  [
    'That is all that they can do to others',
    'security/bucket/retention-attacks',
    'a protection record that nobody signed and that never ends only delays',
  ],
  [
    'records count only if one of these keys',
    'security/bucket/signed-manifests',
    '23.2: with a public key, nothing of a record that it did not sign is read:',
  ],
  ['Make a key with `kalpa keys create', 'cli/commands/keys', '23.2: makes a key that a control worker signs with'],
  [
    'in this form to the byte',
    'security/bucket/signed-manifests',
    '23.2: is an envelope of the payload and signatures',
  ],
  ['**A record** is', 'security/bucket/signed-manifests', '23.2: is an envelope of the payload and signatures'],
  [
    'a signed record that was copied to another name is none',
    'security/bucket/signed-records',
    '23.2: a signed record under another name is none:',
  ],
  [
    'first 16 hex digits of the SHA-256 of its 32 bytes',
    'security/bucket/signed-manifests',
    '23.2: is an envelope of the payload and signatures',
  ],
  [
    'which says who signed it and who was expected',
    'security/bucket/signed-manifests',
    'the message says who was expected, and what to do',
  ],
  [
    '**Rotation**',
    'security/bucket/signed-manifests',
    '23.2: is read with its public key, with that of another rotation too',
  ],
  [
    'Several control workers may sign with different keys meanwhile',
    'security/bucket/signed-manifests',
    '23.2: is committed once, by whichever key of a rotation',
  ],
  [
    'reports the SHA-256 of its payload',
    'security/bucket/signed-manifests',
    '23.2: is of the payload: signing anew does not change it',
  ],
  [
    'is never one that no known key has signed',
    'security/bucket/signed-manifests',
    '23.2: is never a forged one, %s, which is named instead',
  ],
  [
    'What was passed over is a warning of the restore',
    'e2e/security/forged-content',
    'a forged newest backup is passed over without the key',
  ],
  [
    'of manifests above 64 KiB it proves no more than that',
    'security/bucket/signed-manifests',
    '23.2: says what is not signed, of %s manifests',
  ],
  [
    '`kalpa show` and every restore prove the signature',
    'security/bucket/signed-manifests',
    'whatever bytes of a signed manifest are replaced',
  ],
  [
    'Without keys every backup in the bucket is believed',
    'cli/doctor/doctor-report',
    '23.2: says what it means that nothing is signed',
  ],
  [
    'which stands in the run',
    'security/bucket/names-taken',
    '23.5: %s is what the history or a manifest names, or refused',
  ],
  ['A node worker has no key', 'security/every-input', '23.2: a node worker reads no private key'],
  [
    'how many records were left out, and the name of the first',
    'security/bucket/signed-records',
    '23.2: what is not signed is left out of an answer',
  ],
  ['a backup and a restore go on without them', 'security/bucket/signed-records', 'stops no restore and no backup'],
  [
    'unsigned backups are restored pinned',
    'security/bucket/signed-manifests',
    '23.2: restores what is not signed, and only that',
  ],
  ['Other unsigned records count no more', 'security/bucket/signed-records', '23.2: a snapshot is somebody else´s'],
  [
    'ends with `AlreadyExists` at its next record',
    'security/bucket/names-taken',
    '23.5: is never ours: %s ends for good, and says what to do',
  ],
  [
    'Without it the change is refused with `PreflightFailed`',
    'client/schedules',
    '23.2: %s is refused before Temporal is changed',
  ],
  [
    'that is recorded needs the private key where the command runs',
    'client/schedules',
    '23.2: what is not recorded can still be paused',
  ],
  [
    'equal and signed by a known key is its own earlier attempt',
    'security/bucket/signed-records',
    '23.2: is written once where the reply is lost',
  ],
  [
    "is never taken for the run's: the step ends for good with `AlreadyExists`",
    'security/bucket/names-taken',
    '23.5: is never ours: %s ends for good, and says what to do',
  ],
  [
    'What the run has made is undone, and its end is recorded',
    'e2e/security/names-taken',
    '23.2: a backup whose name is taken first',
  ],
  ['a new run has new names', 'e2e/security/names-taken', '23.2: a backup whose name is taken first'],
  [
    'other bytes under their name end the run with `ChecksumMismatch`',
    'transfer/round-trip',
    '23.5: other bytes under a name of ours',
  ],
  [
    'An audit record gets the name of its run too',
    'security/bucket/names-taken',
    '23.5: costs an audit record its plain name, not its life',
  ],
  [', and the backup is listed as running', 'security/bucket/signed-records', '23.2: of backups the rows stay'],
  ['can make a running backup fail', 'e2e/security/names-taken', '23.2: a backup whose name is taken first'],
  ["Nodes' keys can't", 'stack/store-roles', '23.5: is created by who makes it and by nobody else'],
  [
    'a manifest must name the files that the run has copied',
    'security/bucket/names-taken',
    'without keys one of the same files alone',
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
  ['**Statements are allowed by a list**', 'security/content/dumps-of-releases', '23.1: every shape of the dumps of'],
  ['The whole text is read first', 'e2e/security/forged-content', 'refused before anything of it is run'],
  ['must have the same SHA-256', 'activities/load/load-text-twice', '22.8: rows alone end before COMMIT where'],
  ['Every other refusal still refuses', 'security/content/accepted-refusals', 'what is not named stays refused'],
  [
    'What is accepted runs as `ysql.user`',
    'security/content/accepted-refusals',
    'as the configured role, and nothing else',
  ],
  [
    'its result warns of what a restore or load would refuse',
    'activities/rehearse-renaming',
    'what a restore would refuse is said when the backup is made',
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
    'values of rows that go in as statements must each be one value',
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
  ['| the bucket | tablet files', 'e2e/security/secrets', '22.7: secrets of a schema stand in its dumps alone'],
  ["| Temporal's histories |", 'e2e/security/secrets', '22.7: secrets of a schema stand in its dumps alone'],
  ['| logs |', 'e2e/security/secrets', '22.7: secrets of a schema stand in its dumps alone'],
  ['at most the first 160 characters', 'redaction/redact', '22.7: redacts before it shortens'],
  ['`npm start` makes its own', 'stack/embedded-stack', 'keys/signing.pem'],
  [
    '| `manifests/`, `dump-manifests/`',
    'security/bucket/signed-manifests',
    '23.2: with a public key, nothing of a record that it did not sign is read:',
  ],
  [
    '| `cluster.json`, `cluster-signed.json`',
    'security/bucket/signed-manifests',
    '23.2: an unsigned one, %s, neither allows nor refuses anything',
  ],
  ['| `tombstones/`', 'security/bucket/signed-manifests', '23.5: %s deletes nothing'],
  [
    '| `holds/`, `dump-holds/`',
    'repository/retention/sweep',
    'believes no unsigned tombstone, end, lease, hold or policy',
  ],
  ['| `policies/`', 'repository/retention/sweep', 'believes no unsigned tombstone, end, lease, hold or policy'],
  ['| `intents/`, `dump-intents/`', 'security/bucket/signed-records', '23.2: of backups the rows stay'],
  ['| `closed/`, `dumps-closed/`', 'security/bucket/signed-records', '23.2: of backups the rows stay'],
  [
    '| `dumps/<id>/<part>.json`',
    'security/bucket/signed-records',
    '23.2: a part of an older dump is not taken for one of this dump',
  ],
  ['| `makings/`', 'security/bucket/signed-records', '23.2: a snapshot is somebody else´s'],
  ['| `snapshots/`', 'security/bucket/signed-records', '23.2: a snapshot is somebody else´s'],
  ['| `point-in-time/`', 'security/bucket/signed-records', '23.2: a snapshot is somebody else´s'],
  ['| `schedules/`', 'security/bucket/names-taken', '23.5: can still be changed where somebody has dated a record'],
  ['| `operations/`', 'security/bucket/signed-records', '23.2: history'],
  ['| `verifications/`, `leases/`, `dump-leases/`', 'security/bucket/signed-records', '23.2: of backups the rows stay'],
  ['| `repairs/`', 'activities/verification/repair', 'a forged repair changes no content'],
  ['| `proofs/`, `dump-proofs/`', 'security/bucket/forged-proofs', '26.8: a forged proof, good or bad, counts nothing'],
  [
    '| `backups/…/files/`, `work/`',
    'security/bucket/names-taken',
    '23.5: %s is what the history or a manifest names, or refused',
  ],
  [
    '| `backups/…/{data,packs}/`',
    'security/bucket/names-taken',
    '23.5: %s is what the history or a manifest names, or refused',
  ],
  [
    'None of these evaluates what the dump wrote',
    'security/content/confined-loads',
    '23.1: no code of a dump runs as the configured role',
  ],
];

/**
 * Sentences that state no check, by their first words. `explains`: what something is, why it is so, or whose it is;
 * `advises`: what the reader should do; `remains`: what is possible nevertheless; `opens`: leads to the sentences after
 * it and says no more than they do.
 */
const OTHERS: Record<'explains' | 'advises' | 'remains' | 'opens', string[]> = {
  explains: [
    "| a control worker's temporary folder",
    '| the data directories',
    '| `kalpa.json`',
    'The rows in the bucket are',
    "PostgreSQL's error details may quote",
    'A schema may hold secrets',
    '`OPTIONS (…)` of foreign',
    "`CONNECTION '…'` of sub",
    'settings of databases and roles',
    'They stand in the bucket below',
    '**S3 keys** come from',
    'The authority of a YugabyteDB cluster',
    '**`ycqlsh` compares no names**',
    '**libpq before PostgreSQL 15**',
    'Whoever answers for the cluster must not',
    'Rows of dumps and loads are streamed',
    '`npm start` is for one person',
    '| a control worker | the key',
    '| a node worker | the tablet',
    '| the janitor | a key that signs',
    "The janitor's could sign a manifest",
    '| whoever may create objects',
    '| whoever may overwrite',
    '| whoever may start workflows',
    'It is the only way to restore',
    'Objects are only created, so whoever',
    'Most names hold what',
    "In a tablet's snapshot directory stand",
    'Steps hand each other the hash',
    'A load that is confined needs a server',
    '`trust`, `md5` and `scram',
    'The connection manager knows SCRAM',
    'Which statements each release writes',
    'What is said here of confined loads was seen',
    "The database's own log is",
  ],
  advises: [
    'Treat the bucket as',
    'Keep the keys as long',
    'Secrets that Kubernetes',
    'Give `ysql.host` as a name',
    'Turn one of them on',
    'Give that right only to whom',
    'Whoever only looks needs',
    "Temporal's `write` holds",
    "Restore what you don't trust",
  ],
  remains: [
    'What object lock is for',
    'Who may read the bucket can read',
    'Who holds another certificate',
    '**Many stores other than AWS',
    'Temporal and the inner ports',
    "Whoever may write to Temporal's namespace",
    'What such a caller can do nevertheless',
    'Whoever may start workflows can start',
    'Functions in C, `internal` and untrusted languages are the server',
    'So can extensions that reach',
    'The script of an extension',
    'Triggers, rules, views, policies',
    '**The restore of a snapshot** needs',
    'Functions in indexes, checks, defaults',
    'A dump of rows brings values',
    '**`ysql.confineLoads: false`**',
    "A load that `ysql.user` can't confine",
  ],
  opens: [
    '**Dumps and the schema of a backup hold',
    '**Weaker only by saying so',
    "What such a caller can't do",
    '**Send what breaks',
    '**Leave a folder',
    '**Have a database dropped',
    '**Have a snapshot or a schedule deleted',
    '**Have a switch turned',
    '**Act under somebody',
    'What is signed, and what a forged',
    'What whoever may create objects in the bucket can still',
    'The schema of a backup, its roles',
    '**No shell reads them',
    '**Two passes',
    'What stays possible for whoever',
    '**What is named',
    '**The code of the schema',
  ],
};

interface Sentence {
  text: string;
  from: number;
  to: number;
}

/**
 * The sentences of the page and the rows of its tables, with their places in it; titles of sections and of columns are
 * none.
 */
function sentencesOf(markdown: string): Sentence[] {
  const lines = markdown.split('\n');
  const blocks: string[] = [];
  let block = '';
  const end = (): void => {
    if (block !== '') blocks.push(block);
    block = '';
  };
  for (const [at, line] of lines.entries()) {
    if (/^(#|\s*$|\||- )/.test(line)) end();
    if (/^(#|\s*$)/.test(line) || /^\|[\s|-]+$/.test(line) || /^\|[\s|-]+$/.test(lines[at + 1] ?? '')) continue;
    block += ` ${line}`;
    if (line.startsWith('|')) end();
  }
  end();
  let from = 0;
  return blocks.flatMap((text) => {
    const whole = unquoted(text).trim();
    const parts = whole.startsWith('|') ? [whole] : whole.split(/(?<=[.:])(?<!\d\.)(?:\*\*)? (?=[A-Z*`"|])/);
    return parts.map((part) => {
      const start = page.indexOf(part, from);
      from = start + part.length;
      return { text: part.replace(/^- /, ''), from: start, to: from };
    });
  });
}

describe('23: a sentence of the page about security stands there, and has its test:', () => {
  it.each(CLAIMS)('%s', (sentence, file, title) => {
    expect(page).toContain(unquoted(sentence));
    const titles = readFileSync(join(ROOT, 'test', `${file}.test.ts`), 'utf8');
    expect(titles.replaceAll("\\'", "'")).toContain(title);
  });

  it('each sentence of the page is claimed here, or is said to state no check', () => {
    const claimed = CLAIMS.map(([sentence]) => {
      const from = page.indexOf(unquoted(sentence));
      return { from, to: from + unquoted(sentence).length };
    });
    const others = Object.values(OTHERS).flat();
    const sentences = sentencesOf(readFileSync(join(ROOT, 'docs/security.md'), 'utf8'));
    expect(sentences.length).toBeGreaterThan(200);
    const isClaimed = ({ from, to }: Sentence): boolean => claimed.some((one) => one.from < to && from < one.to);
    const open = sentences.filter((one) => !isClaimed(one) && !others.some((words) => one.text.startsWith(words)));
    expect(open.map(({ text }) => text)).toEqual([]);
    // Nothing stands here that the page does not say any more, or that has a test.
    const stale = others.filter((words) => !sentences.some((one) => one.text.startsWith(words) && !isClaimed(one)));
    expect(stale).toEqual([]);
  });
});
