import { mkdir, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KalpaClient } from '../client';
import { clusterToolSettings, storeSettings, type ResolvedConfig } from '../config';
import { openStore } from '../transfer';
import { hostOf, openYugabyte, SqlConnection, SqlFailed } from '../yugabyte';
import { backupChapter } from './chapters/backup';
import { capabilitiesChapter } from './chapters/capabilities';
import { CHAPTERS, type Chapter, type ChapterName, type ChapterResults, type Subject } from './chapters/chapter';
import { dumpsChapter } from './chapters/dumps';
import { pitrChapter } from './chapters/pitr';
import { restoreChapter } from './chapters/restore';
import { snapshotsChapter } from './chapters/snapshots';
import { cleanUp, type CleanedUp } from './clean-up';
import { contentOf, sizeOf } from './content/content';
import { makeWide, widePieces } from './content/make-wide';
import { TABLEGROUP } from './content/wide-schema';
import { makeGrouped, tablegroupApart } from './chapters/tablegroups';
import { contentOfKeyspace, makeWideKeyspace } from './content/keyspace';
import { makeDatabase, makeKeyspace, UNSUPPORTED_STATES } from './marked';
import { newToken } from './names';
import { madeBy, reportMarkdown, type Report } from './report';
import { Difference, Interrupted, LeftOut, Steps, type Step } from './steps';
import { findingsOf } from './transcript/findings';
import { readRecorded } from './transcript/read-recorded';
import { Recorder } from './transcript/recorder';
import { Scrubber } from './transcript/scrub';
import { transcriptLines, type TranscriptHead } from './transcript/write';
import { World } from './world';

export interface ConformanceOptions {
  resolved: ResolvedConfig;
  client: KalpaClient;
  /** Default: all. */
  chapters?: readonly ChapterName[];
  /** Each procedure once, on either a database or a keyspace, with fewer kinds of objects. */
  short?: boolean;
  /** Where report.md, report.json and transcript.ndjson are written. */
  out: string;
  /**
   * Aborted on Ctrl-C: the current step is cancelled, everything that was made is dropped, and the results so far are
   * written.
   */
  interrupt: AbortSignal;
  recorder: Recorder;
  /** Files in which other workers of the cluster recorded their calls (`KALPA_TRANSCRIPT`). */
  recordedByWorkers?: readonly string[];
  /** `<chapter>: <step>`, or what is done before and after the chapters. */
  onBegin: (step: string) => void;
  onStep: (step: Step) => void;
  onLine: (text: string) => void;
}

const CHAPTER: Readonly<Record<ChapterName, Chapter>> = {
  backup: backupChapter,
  restore: restoreChapter,
  snapshots: snapshotsChapter,
  pitr: pitrChapter,
  dumps: dumpsChapter,
};

/**
 * Runs every step, then drops everything that was made and writes the three files. Throws only if it could not start or
 * could not clean up.
 */
export async function runConformance(options: ConformanceOptions): Promise<Report> {
  const { resolved, client, recorder, interrupt } = options;
  const startedAt = new Date();
  const settings = clusterToolSettings(resolved.config);
  const yugabyte = openYugabyte(settings);
  const sql = new SqlConnection(settings.ysql, settings.timeouts.commandMs);
  const store = openStore(storeSettings(resolved, 'control'));
  const begin = (step: string): void => {
    recorder.step = step;
    options.onBegin(step);
  };
  const steps = new Steps({
    nextLine: () => recorder.nextLine,
    onStep: options.onStep,
    interrupted: () => interrupt.aborted,
    onBegin: begin,
  });
  const world = new World(newToken(), resolved, client, yugabyte, sql, store, steps, interrupt);
  const releases = await releasesOf(world);
  const capabilities = await yugabyte.capabilities();
  const { since: row } = capabilities;
  const leftOutOfTheSchema: Report['leftOutOfTheSchema'] = [];
  begin('clean up after earlier runs');
  const earlier = await cleanUp(world);
  let cleanedUp: CleanedUp = { dropped: [], stays: [], inTheBucket: [] };
  try {
    await runChapters(world, options, leftOutOfTheSchema);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    options.onLine('Interrupted: dropping what was made …');
  } finally {
    begin('clean up');
    cleanedUp = await cleanUp(world);
    store.close();
  }
  recorder.calls.push(...readRecorded(options.recordedByWorkers ?? [], { since: startedAt, steps: steps.all }));
  const report: Report = {
    format: 1,
    kalpa: madeBy,
    cluster: world.cluster,
    startedAt: startedAt.toISOString(),
    seconds: (Date.now() - startedAt.getTime()) / 1000,
    releases,
    row,
    short: options.short ?? false,
    interrupted: interrupt.aborted,
    steps: steps.all,
    leftOutOfTheSchema,
    findings: {
      ...findingsOf(recorder.calls, capabilities),
      contradictions: steps.all
        .filter(({ chapter, end }) => chapter === 'releases' && end === 'differs')
        .map(({ said, lines }) => ({ what: said, line: lines?.[0] ?? 0 })),
    },
    recorded: { calls: recorder.calls.length, dropped: recorder.dropped },
    cleanedUp,
    ofEarlierRuns: earlier.dropped,
  };
  await writeFiles(options, report, await scrubberOf(world));
  return report;
}

async function runChapters(
  world: World,
  { chapters = CHAPTERS, short = false }: Pick<ConformanceOptions, 'chapters' | 'short'>,
  leftOut: Report['leftOutOfTheSchema'],
): Promise<void> {
  await capabilitiesChapter(world, { subjects: [], backups: new Map() });
  const subjects = await makeSubjects(world, short, leftOut);
  const made: ChapterResults = { subjects, backups: new Map() };
  if (!short && (await tablegroupApart(world))) made.grouped = await makeGrouped(world);
  // In this order, whatever the order asked for: the later ones use what the earlier ones made.
  for (const chapter of CHAPTERS.filter((one) => chapters.includes(one)))
    await CHAPTER[chapter](world, { ...made, subjects: short ? subjectsInShort(chapter, subjects) : subjects });
}

/** What a chapter runs on in the short form, where one kind of subject is enough; the first one if there is none. */
const SHORT_KIND: Partial<Record<ChapterName, string>> = { snapshots: 'keyspace', pitr: 'wide', dumps: 'wide' };

function subjectsInShort(chapter: ChapterName, subjects: readonly Subject[]): Subject[] {
  const kind = SHORT_KIND[chapter];
  if (kind === undefined) return [...subjects];
  return [subjects.find((one) => one.kind === kind) ?? subjects[0]].filter((one) => one !== undefined);
}

/**
 * The databases that the chapters work on. One that could not be made is a step that differs, and the others continue.
 */
async function makeSubjects(world: World, short: boolean, leftOut: Report['leftOutOfTheSchema']): Promise<Subject[]> {
  const { steps, sql, yugabyte, token } = world;
  const subjects: Subject[] = [];
  const pieces = widePieces({ short, without: (await tablegroupApart(world)) ? [TABLEGROUP] : [] });
  let marked = false;
  const makeYsql = async (kind: string, step: string, spellings: readonly string[]): Promise<void> => {
    const name = world.name(kind);
    const wide = await steps.run(
      'make',
      step,
      async () => {
        await makeWithFirstAccepted(spellings, async (options) => {
          await makeDatabase(sql, name, { token, options });
        });
        marked = true;
        const result = await makeWide(sql, name, pieces);
        leftOut.push(...result.leftOut.map((one) => ({ ...one, what: `${kind}: ${one.what}` })));
        return { ...result, content: await contentOf(sql, name) };
      },
      ({ made, leftOut: refused, content }) =>
        `${made.length} kinds of objects, ${refused.length} that this release does not take: ${sizeOf(content)}`,
    );
    if (!wide) return;
    for (const { what: piece, because } of wide.failed)
      await steps.run('make', `${kind}: ${piece}`, () => Promise.reject(new Difference(because)));
    const read = async (copy: string) => await contentOf(sql, copy);
    subjects.push({ database: `ysql.${name}`, name, content: wide.content, kind, read });
  };
  await makeYsql('wide', 'a database with the wide schema', ['']);
  // The second form was used until 2.16 (manuals of 2.6 and 2.14); in newer releases that word means the old kind of
  // colocation.
  const colocated = 'the same, colocated';
  if (short) steps.leftOut('make', colocated, 'the short form');
  else await makeYsql('colocated', colocated, [' WITH COLOCATION = true', ' WITH colocated = true']);
  if (!yugabyte.cql.configured) {
    steps.leftOut('make', 'a keyspace', 'the configuration has no ycql');
    return subjects;
  }
  if (!marked) {
    // If the run were killed before a keyspace is marked, only a marked database of the same run would identify it.
    steps.leftOut('make', 'a keyspace', 'no database could be made');
    return subjects;
  }
  const keyspace = world.name('keyspace', 'ycql');
  const made = await steps.run(
    'make',
    'a keyspace',
    async () => {
      await makeKeyspace(yugabyte, keyspace, token);
      const result = await makeWideKeyspace(yugabyte, keyspace, { short });
      leftOut.push(...result.leftOut);
      return { ...result, content: await contentOfKeyspace(yugabyte, keyspace) };
    },
    ({ made: pieces, leftOut: refused, content }) =>
      `${pieces.length} kinds of objects, ${refused.length} that this release does not take: ${sizeOf(content)}`,
  );
  const read = async (copy: string) => await contentOfKeyspace(yugabyte, copy);
  if (made)
    subjects.push({ database: `ycql.${keyspace}`, name: keyspace, content: made.content, kind: 'keyspace', read });
  return subjects;
}

/** Tries one spelling after another until the release accepts one. Fails with `LeftOut` if it accepts none. */
async function makeWithFirstAccepted(
  spellings: readonly string[],
  make: (options: string) => Promise<void>,
): Promise<void> {
  const refusals: string[] = [];
  for (const options of spellings)
    try {
      await make(options);
      return;
    } catch (error) {
      if (options === '' || !(error instanceof SqlFailed) || !UNSUPPORTED_STATES.has(error.code ?? '')) throw error;
      refusals.push(error.message);
    }
  throw new LeftOut(`this release does not take it: ${refusals.join(' ')}`);
}

/** What the tools and the masters say about themselves. */
async function releasesOf({ yugabyte }: World): Promise<Record<string, string>> {
  const tools = await yugabyte.toolVersions();
  const master = await yugabyte.http.masterVersion().catch(() => undefined);
  return {
    ...Object.fromEntries(tools.map(({ tool, printed, problem }) => [tool, printed ?? problem ?? ''])),
    ...(master === undefined ? {} : { 'the leading master': `${master.release} ${master.build ?? ''}`.trim() }),
  };
}

/** Everything about this installation that must not appear in a transcript. */
async function scrubberOf({ resolved, yugabyte, sql }: World): Promise<Scrubber> {
  const settings = clusterToolSettings(resolved.config);
  const { config } = resolved;
  const tservers = await yugabyte.tservers().catch(() => []);
  const names = await sql
    .use(
      sql.home,
      'list the names to be replaced',
      async (query) =>
        await query<{ name: string }>(
          'SELECT datname::text AS name FROM pg_catalog.pg_database UNION SELECT rolname FROM pg_catalog.pg_roles UNION SELECT spcname FROM pg_catalog.pg_tablespace',
        ),
    )
    .catch(() => []);
  const entities = await yugabyte.http.dumpEntities().catch(() => undefined);
  const flags = await Promise.all(
    tservers.map(async ({ http }) => await yugabyte.http.varz(http).catch(() => new Map<string, string>())),
  );
  return new Scrubber({
    hosts: [
      ...settings.masters.map(hostOf),
      ...(settings.http.masters ?? []).map(hostOf),
      settings.ysql.host,
      settings.ycql?.host ?? '',
      ...tservers.flatMap(({ address }) => (address === undefined ? [] : [hostOf(address)])),
      config.repository.endpoint === undefined ? '' : new URL(config.repository.endpoint).hostname,
    ],
    names: [
      config.cluster,
      ...names.map(({ name }) => name),
      ...(entities?.keyspaces ?? []).map(({ name }) => name),
    ].filter((name) => !name.startsWith('pg_')),
    folders: [
      ...flags.flatMap((of) => (of.get('fs_data_dirs') ?? '').split(',')),
      ...[settings.tools ?? '', settings.tls?.certsDir ?? '', process.cwd(), homedir(), tmpdir()],
    ],
    secrets: [settings.ysql.password ?? '', settings.ycql?.password ?? ''],
  });
}

async function writeFiles({ out, recorder }: ConformanceOptions, report: Report, scrub: Scrubber): Promise<void> {
  await mkdir(out, { recursive: true });
  const head: TranscriptHead = {
    transcript: 1,
    kalpa: report.kalpa,
    releases: report.releases,
    startedAt: report.startedAt,
  };
  const lines = [head, ...transcriptLines(recorder.calls, scrub)].map((line) => JSON.stringify(line));
  await writeFile(join(out, 'transcript.ndjson'), `${lines.join('\n')}\n`, { mode: 0o600 });
  await writeFile(join(out, 'report.json'), `${JSON.stringify(report, null, 2)}\n`, { mode: 0o600 });
  await writeFile(join(out, 'report.md'), `${reportMarkdown(report)}\n`, { mode: 0o600 });
}
