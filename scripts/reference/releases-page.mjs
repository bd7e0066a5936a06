import { MADE, page, table } from './markdown.mjs';

const KNOWN = {
  sources: 'read in the sources',
  manual: 'read in the manual or the release notes',
  transcript: 'seen in a transcript',
  inferred: 'inferred',
};

/** Stable releases that the end-to-end tests run on. */
const STABLE = ['2.6.20.0', '2.14.17.0', '2.20.7.0', '2024.2.3.0', '2025.1.1.0', '2025.2.2.0', '2026.1.0.0'];
const short = (release) => release.split('.').slice(0, 2).join('.');
const first = (release) => release.replace(/(?:\.0){1,2}$/, '');

/** What Kalpa assumes about each release of YugabyteDB, and how that is known. */
export function releasesPage({ CAPABILITIES, RECOGNISED, has }) {
  const facts = (rows) =>
    table(
      ['what', 'from', 'how it is known', 'source', 'before it'],
      Object.values(rows).map(({ what, from, known, source, without }) => [
        what,
        from.map(first).join(', '),
        KNOWN[known],
        source,
        without,
      ]),
    );
  const all = [...Object.values(CAPABILITIES), ...Object.values(RECOGNISED)];
  return page(
    '# Releases of YugabyteDB',
    MADE,
    'Kalpa works with YugabyteDB 2.6 and later. What a release can do, and how that is known, is one table in `src/yugabyte/releases.ts`; this page is made from it. **No release was run**: the end-to-end tests run against [the emulator](../emulator/README.md), which behaves by release from a table of its own, and `kalpa conformance` compares a real cluster with this page. A fact that is _inferred_ may be off by some releases; a command that does not exist then fails with the tool’s own message, and nothing is changed.',
    '## Decided by the release of `yb-admin`',
    facts(CAPABILITIES),
    '## Recognised when it is read',
    'Pages answer 404 where they don’t exist, and outputs are recognised by their form, so a wrong release in this half changes nothing.',
    facts(RECOGNISED),
    '## By release',
    table(
      ['', ...STABLE.map(short)],
      all.map(({ what, from, known }) => [
        known === 'inferred' ? `${what} (inferred)` : what,
        ...STABLE.map((release) => (has(release, from) ? 'yes' : '–')),
      ]),
    ),
  );
}
