import { HttpFailed } from '../errors';
import { fetchPage, type PageOptions } from './fetch-page';
import type { TserverTablet } from './tserver-tablets';

/** Headings that the page has in every release whose sources were read (2.2 to 2.31); the others came and went. */
const NEEDED = ['Table name', 'Tablet ID', 'State', 'RaftConfig'] as const;

/**
 * Every tablet replica on one tserver, from its HTML page, for releases without `/api/v1/tablets`. Like the JSON, it
 * comes from the tserver's own list of tablets and their Raft groups (`HandleTabletsPage`, tserver-path-handlers.cc).
 * yb-admin's `list_tablets_for_tablet_server` has the same state but no role (a learner that is RUNNING is not
 * complete), prints names unescaped, so that a table's name could forge a row, and would need yb-admin and the masters
 * on every node.
 */
export async function readTabletsPage(base: string, options: PageOptions): Promise<TserverTablet[]> {
  const url = `${base}/tablets`;
  return tabletsOf(await fetchPage(url, options), (problem) => new HttpFailed(url, 200, problem, false));
}

/**
 * Cells are found by their headings. Names are escaped in the page, so `<` always begins a tag. Linear in its length.
 */
function tabletsOf(page: string, failure: (problem: string) => HttpFailed): TserverTablet[] {
  const [start, end] = [page.indexOf('<table'), page.indexOf('</table>')];
  if (start < 0 || end < start) throw failure('it contains no table of tablets');
  const [header = '', ...rows] = page.slice(start, end).split('<tr>').slice(1);
  const headings = cellsOf(header, 'th').map(textOf);
  const missing = NEEDED.find((name) => !headings.includes(name));
  if (missing !== undefined) throw failure(`its table of tablets has no column "${missing}"`);
  return rows.map((row, i) => {
    const cells = cellsOf(row, 'td');
    if (cells.length !== headings.length)
      throw failure(`row ${i + 1} of its tablets has ${cells.length} cells, not ${headings.length}`);
    const cell = (name: string): string => cells[headings.indexOf(name)] ?? '';
    const id = textOf(cell('Tablet ID'));
    if (id === '') throw failure(`row ${i + 1} of its tablets has no id`);
    return {
      id,
      namespace: textOf(cell('Namespace')),
      tableName: textOf(cell('Table name')),
      tableId: textOf(cell('Table UUID')),
      state: textOf(cell('State')),
      hidden: textOf(cell('Hidden')) === 'true',
      sstBytes: bytesOf(cell('On-disk size')),
      raft: raftOf(cell('RaftConfig')),
    };
  });
}

const cellsOf = (row: string, tag: 'th' | 'td'): string[] =>
  row
    .split(`<${tag}>`)
    .slice(1)
    .map((cell) => cell.split(`</${tag}>`, 1)[0] ?? '');

const textOf = (html: string): string => unescaped(html.replaceAll(/<[^<>]*>/g, '')).trim();

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', '#39': "'", apos: "'" };
const unescaped = (text: string): string =>
  text.replaceAll(/&(lt|gt|amp|quot|#39|apos);/g, (whole, name: string) => ENTITIES[name] ?? whole);

/** `<ul><li>LEADER: host</li> <li><b>FOLLOWER: host</b></li>…</ul>`; bold: the responding replica. */
function raftOf(html: string): TserverTablet['raft'] {
  return html
    .split('<li>')
    .slice(1)
    .flatMap((item) => {
      const [role = '', ...host] = textOf(item).split(': ');
      return host.length === 0
        ? []
        : [{ role, host: host.join(': '), ...(item.trimStart().startsWith('<b>') ? { own: true } : {}) }];
    });
}

const UNITS = ['B', 'K', 'M', 'G', 'T', 'P', 'E'];

/** `SST Files: 1.20M` in a list, or the single size of older releases; rounded by the page to three digits. */
function bytesOf(html: string): number {
  const items = html.split('<li>').map(textOf);
  const text = items.find((item) => item.startsWith('SST Files: '))?.slice('SST Files: '.length) ?? items[0] ?? '';
  const [, number, unit = 'B'] = /^(\d{1,20}(?:\.\d{1,20})?)([BKMGTPE])?$/.exec(text) ?? [];
  return number === undefined ? 0 : Math.round(Number(number) * 1024 ** UNITS.indexOf(unit));
}
