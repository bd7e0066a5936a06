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
    'security/bucket-policy',
    '23.5: the policy of',
  ],
  [
    'prints the rights of one role for the configured bucket',
    'security/bucket-policy',
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
    'security/forged-records',
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
  ['are shown, not acted on', 'security/shown-text', '23.11: %j is shown, not acted on'],
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
    'security/signed-manifests',
    '23.2: with a public key, nothing of a record that it did not sign is read:',
  ],
  [
    'the size of a record is limited before it is fetched',
    'security/signed-manifests',
    'a record larger than any is not even fetched',
  ],
  [
    'its signature is proved before anything in it is parsed',
    'security/fuzz/stored-records',
    'whatever bytes are changed, what is read is what was signed',
  ],
  [
    'takes this very one, signed or not',
    'security/signed-manifests',
    '23.2: restores what is not signed, and only that',
  ],
  // What is believed of the bucket
  [
    'no object of a foreign backup is named',
    'security/forged-records',
    '23.3: a forged file list is refused before anything is done with it:',
  ],
  [
    'A node worker writes only below the folder of the snapshot that it places, and through no link',
    'security/forged-records',
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
    'security/gate-and-psql',
    '23.1: what the gate lets through, psql itself takes for no command either',
  ],
  [
    'Everything else ends with `ContentRefused`',
    'security/refused-statements',
    '23.1: refused before anything of it is run:',
  ],
  ['A caller may accept', 'security/accepted-refusals', 'what is not named stays refused'],
  ["Backslash lines can't be accepted", 'security/accepted-refusals', 'a line for a shell has no name'],
  [
    'functions in C, `internal` and untrusted languages, such languages and extensions',
    'security/refused-statements',
    '23.1: code that runs with the rights of the server is named',
  ],
  [
    'get no password, whatever the backup says; new superusers are named in the result',
    'security/refused-statements',
    '23.1: roles are made without passwords, and a new superuser is named',
  ],
  [
    'Loads of dumps run as a role of their own',
    'security/confined-loads',
    '23.1: no code of a dump runs as the configured role, wherever it stands',
  ],
  [
    'what is sent is written anew from what was read, never the stored text',
    'security/keyspace-content',
    '23.6: definitions are written anew from what was read, under the new name',
  ],
];

describe('23: a sentence of the page about security stands there, and has its test:', () => {
  it.each(CLAIMS)('%s', (sentence, file, title) => {
    expect(page).toContain(unquoted(sentence));
    const titles = readFileSync(join(ROOT, 'test', `${file}.test.ts`), 'utf8');
    expect(titles.replaceAll("\\'", "'")).toContain(title);
  });

  it('each section but those of what remains possible has claims here', () => {
    const sections = readFileSync(join(ROOT, 'docs/security.md'), 'utf8').split(/^## /m).slice(1);
    const without = sections.filter(
      (text) => !CLAIMS.some(([sentence]) => unquoted(text).includes(unquoted(sentence))),
    );
    const names = without.map((text) => text.split('\n')[0] ?? '');
    // Seen by the tests of the stack itself (rights of files, ports) and of redaction; who is trusted is a summary.
    const elsewhere = ['Secrets in a schema', 'The embedded stack', 'Who is trusted with what'];
    expect(names.filter((name) => !elsewhere.includes(name))).toEqual([]);
  });
});
