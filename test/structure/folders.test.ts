import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const ROOT = join(__dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/contributing.md'), 'utf8');

/** Folders at or below one, with how many files each holds. */
function folders(path: string): { path: string; files: number }[] {
  const entries = readdirSync(path, { withFileTypes: true });
  return [
    { path: relative(ROOT, path), files: entries.filter((entry) => entry.isFile()).length },
    ...entries.filter((entry) => entry.isDirectory()).flatMap(({ name }) => folders(join(path, name))),
  ];
}

const below = (path: string): string[] =>
  readdirSync(join(ROOT, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

it('25.1: no folder holds more than 25 files, transcripts excepted', () => {
  const all = ['src', 'emulator', 'stack', 'test', 'bench', 'scripts'].flatMap((name) => folders(join(ROOT, name)));
  const large = all.filter(({ path, files }) => files > 25 && !path.startsWith('test/fixtures/transcripts/'));
  expect(large).toEqual([]);
});

/** The words of every layer, which the page names once. */
const CHAPTERS: readonly string[] = /\*\*backup, .*rehearsal\*\*/s.exec(page)?.[0].match(/\w+/g) ?? [];

it.each(['src', 'emulator', 'stack'].flatMap((root) => folders(join(ROOT, root)).slice(1)).map(({ path }) => path))(
  '25.9: contributing.md names %s, unless it is a chapter’s',
  (path) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (!CHAPTERS.includes(name)) expect(page).toMatch(new RegExp(`\`(${path}|${name})/\``));
  },
);

it.each(below('test'))('25.9: contributing.md names test/%s, or the folder of src/ that it mirrors', (name) => {
  expect(page).toMatch(new RegExp(`\`(test/|src/)?${name}/\``));
});
