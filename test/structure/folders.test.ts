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

it.each(below('src').filter((name) => !['activities'].includes(name)))(
  '25.9: contributing.md says what src/%s holds',
  (name) => {
    expect(page).toContain(`\`src/${name}/\``);
  },
);

it.each(['repository', 'transfer', 'yugabyte'].flatMap((layer) => below(`src/${layer}`)))(
  '25.9: contributing.md names the folder %s/',
  (name) => {
    expect(page).toContain(`\`${name}/\``);
  },
);

it.each(below('src/activities/control'))('25.9: contributing.md names control/%s, a chapter or shared', (name) => {
  const words: string[] = /\*\*backup, .*rehearsal\*\*/s.exec(page)?.[0].match(/\w+/g) ?? [];
  if (!words.includes(name)) expect(page).toContain(`\`${name}/\``);
});
