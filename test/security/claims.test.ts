import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { secrets } from './claims/secrets';
import { tls } from './claims/tls';
import { cluster } from './claims/cluster';
import { rights } from './claims/rights';
import { callers } from './claims/callers';
import { signatures } from './claims/signatures';
import { bucketAndDisk } from './claims/bucket-and-disk';
import { sql } from './claims/sql';

const ROOT = join(__dirname, '../..');
const unquoted = (text: string): string => text.replace(/\s+/g, ' ');
const page = unquoted(readFileSync(join(ROOT, 'docs/security.md'), 'utf8'));

const SECTIONS = [secrets, tls, cluster, rights, callers, signatures, bucketAndDisk, sql];
const CLAIMS = SECTIONS.flatMap(({ claims }) => claims);
const OTHERS = SECTIONS.flatMap(({ explains = [], advises = [], remains = [], opens = [] }) => [
  ...explains,
  ...advises,
  ...remains,
  ...opens,
]);

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
    const sentences = sentencesOf(readFileSync(join(ROOT, 'docs/security.md'), 'utf8'));
    expect(sentences.length).toBeGreaterThan(200);
    const isClaimed = ({ from, to }: Sentence): boolean => claimed.some((one) => one.from < to && from < one.to);
    const open = sentences.filter((one) => !isClaimed(one) && !OTHERS.some((words) => one.text.startsWith(words)));
    expect(open.map(({ text }) => text)).toEqual([]);
    // Nothing stands here that the page does not say any more, or that has a test.
    const stale = OTHERS.filter((words) => !sentences.some((one) => one.text.startsWith(words) && !isClaimed(one)));
    expect(stale).toEqual([]);
  });
});
