// `npm run fixtures:from <transcript.ndjson> [folder]`: what a cluster answered, as recorded by `kalpa conformance`,
// becomes fixtures of the parsers: one file for each form of an answer of yb-admin or of a page, and an index that says
// of which release it is, and what was asked. The transcript no longer contains names of the installation; still, look
// through the files before they are committed.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [transcript, into = join(dirname(dirname(fileURLToPath(import.meta.url))), 'test/fixtures/transcripts')] =
  process.argv.slice(2);
if (transcript === undefined) {
  console.error('Name a transcript: npm run fixtures:from conformance/transcript.ndjson');
  process.exit(2);
}

/** Of one operation or page: more forms than this say nothing new. */
const FORMS = 4;
/** A longer answer is a longer list of the same. */
const MAX_BYTES = 24 * 1024;

const [head, ...lines] = readFileSync(transcript, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line));
if (head?.transcript !== 1) {
  console.error(`${transcript} is not a transcript of format 1.`);
  process.exit(2);
}
const said = head.releases['yb-admin'] ?? '';
const release = /version v?(\d+(?:\.\d+)+)/.exec(said)?.[1];
if (release === undefined) {
  console.error(`${transcript} names no release of yb-admin: "${said}".`);
  process.exit(2);
}
const emulated = /emulator/i.test(said);
const folder = join(into, emulated ? `${release}-emulator` : release);

/** Two answers of one form differ in numbers and in how long their lists are. */
const formOf = (text) =>
  [...new Set(text.replace(/[0-9a-f]{8,}(?:-[0-9a-f]+)*|\d+/g, 'N').split(/[\n,]/))].sort().join('\n');
const operationOf = (args) => args.filter((arg) => !arg.startsWith('--'));
const answerOf = (line) => line.body ?? `${line.stdout ?? ''}${line.stderr ?? ''}`;

const byLine = new Map(lines.map((line) => [line.line, line]));
const kept = new Map();
for (const line of lines) {
  if (line.sameAs !== undefined || (line.tool !== undefined && line.tool !== 'yb-admin')) continue;
  const args = line.tool === undefined ? [] : operationOf(line.args);
  const of = line.page === undefined ? (args[0] ?? '--version') : new URL(line.page).pathname;
  const answer = answerOf(byLine.get(line.line));
  if (answer === '' || Buffer.byteLength(answer) > MAX_BYTES) continue;
  const form = `${line.exitCode ?? line.status}\n${formOf(answer)}`;
  const forms = kept.get(of) ?? kept.set(of, new Map()).get(of);
  if (forms.has(form) || forms.size >= FORMS) continue;
  const file = `${of.replace(/^\/|[^A-Za-z0-9_-]+/g, (c) => (c === '/' ? '' : '-')).replace(/^-+/, '')}-${createHash('sha256').update(form).digest('hex').slice(0, 8)}.txt`;
  forms.set(form, {
    file,
    of,
    ...(line.page === undefined ? { args, exitCode: line.exitCode } : { status: line.status }),
    line: line.line,
    answer: line.body ?? line.stdout ?? '',
    stderr: line.stderr ?? '',
  });
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const fixtures = [...kept.values()].flatMap((forms) => [...forms.values()]);
for (const { file, answer } of fixtures) writeFileSync(join(folder, file), answer);
const index = {
  from: `kalpa conformance of ${head.startedAt}, Kalpa ${head.kalpa}`,
  release,
  emulated,
  releases: head.releases,
  fixtures: fixtures.map(({ answer: _, stderr, ...one }) => ({ ...one, ...(stderr === '' ? {} : { stderr }) })),
};
writeFileSync(join(folder, 'index.json'), `${JSON.stringify(index, null, 2)}\n`);
console.log(`${folder}: ${fixtures.length} fixtures of ${release}${emulated ? ', of an emulator' : ''}`);
