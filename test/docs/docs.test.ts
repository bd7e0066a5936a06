import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { parse, stringify } from 'yaml';
import { makeProgram } from '../../src/cli/program';
import type { CommandContext } from '../../src/cli/core/session';
import { parseConfig } from '../../src/config';
import { isFailureType, operations } from '../../src/contract';

const root = resolve(__dirname, '../..');

function pagesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name));
}

const pages = [join(root, 'README.md'), join(root, 'CHANGELOG.md'), ...pagesIn(join(root, 'docs'))].map((file) => ({
  name: relative(root, file),
  file,
  text: readFileSync(file, 'utf8'),
}));

const withoutBlocks = (text: string): string => text.replace(/```[\s\S]*?```/g, '');
const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^\\1\`\`\``, 'gm'))].map(
    ([, indent = '', body = '']) => body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );

/** GitHub's rule: lower case, letters, digits, hyphens; spaces become hyphens. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

describe.each(pages)('$name', ({ file, text }) => {
  it('links only to what is there', () => {
    const links = [...withoutBlocks(text).matchAll(/(?<!!)\[[^\]]*\]\(([^)]+)\)/g)].map(([, target = '']) => target);
    const dead = links.filter((target) => {
      if (/^https?:/.test(target)) return false;
      const [path = '', fragment] = target.split('#');
      const linked = path === '' ? file : resolve(dirname(file), path);
      if (!existsSync(linked)) return true;
      if (fragment === undefined) return false;
      const headings = [...readFileSync(linked, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
        anchor(heading),
      );
      return !headings.includes(fragment);
    });
    expect(dead).toEqual([]);
  });

  it('names only commands and options that exist', () => {
    const program = makeProgram({} as CommandContext, '0');
    const lines = blocks(text, 'sh').flatMap((block) => block.split('\n').map((line) => line.replace(/\s+#.*$/, '')));
    const wrong = lines.flatMap((line) => {
      const [, words = ''] = /^(?:npx )?kalpa (.+)$/.exec(line) ?? [];
      return words === '' ? [] : wrongIn(program, words.split(' '), line);
    });
    expect(wrong).toEqual([]);
  });

  it('shows only workflow types and inputs that the contract takes', () => {
    for (const [, type = '', input = ''] of text.matchAll(/--type (\w+) .*--input '([^']+)'/g)) {
      const operation = operations[type as keyof typeof operations];
      expect(operation.input.safeParse(JSON.parse(input)).success).toBe(true);
    }
  });

  it('names only failures of the contract', () => {
    const named = [...text.matchAll(/^\| `(?![A-Z]+`)([A-Z]\w+)`(?:, `([A-Z]\w+)`)*/gm)].flatMap(([row]) =>
      [...row.matchAll(/`(\w+)`/g)].map(([, type]) => type),
    );
    expect(named.filter((type) => !isFailureType(type) && !type?.startsWith('Kalpa'))).toEqual([]);
  });
});

describe('the kalpa.yaml of the pages', () => {
  const yamls = pages.flatMap(({ name, text }) =>
    blocks(text, 'yaml').map((yaml, index) => [`${name} ${index + 1}`, yaml] as const),
  );
  const smallest = yamls.find(([, yaml]) => yaml.includes('cluster:'))?.[1] ?? '';

  it.each(yamls)('%s is accepted', (_, yaml) => {
    // A section that a page shows stands in place of the same one of the smallest file.
    const whole = { ...(parse(smallest) as object), ...(parse(yaml) as object) };
    expect(() => parseConfig(yaml.includes('cluster:') ? yaml : stringify(whole), 'kalpa.yaml')).not.toThrow();
  });
});

function wrongIn(program: Command, words: string[], line: string): string[] {
  let command = program;
  for (const word of words) {
    const child = command.commands.find((candidate) => candidate.name() === word);
    if (child) command = child;
  }
  if (command === program) return [line];
  const options = words.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0] ?? '');
  return options.every((option) => command.options.some(({ long }) => long === option)) ? [] : [line];
}
