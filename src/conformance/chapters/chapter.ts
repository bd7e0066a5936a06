import type { Content } from '../content/content';
import type { World } from '../world';

export const CHAPTERS = ['backup', 'restore', 'snapshots', 'dumps', 'pitr'] as const;
export type ChapterName = (typeof CHAPTERS)[number];

/** A database that the chapters work on, with the content that it was given. */
export interface Subject {
  /** `ysql.kalpa_conformance_…` */
  database: `ysql.${string}` | `ycql.${string}`;
  name: string;
  content: Content;
  /** `wide`, `colocated`, `keyspace`: in the names of the steps. */
  kind: string;
  read(name: string): Promise<Content>;
}

/** Results of earlier chapters, for later ones. */
export interface ChapterResults {
  subjects: Subject[];
  /** Backups by database. */
  backups: Map<string, string>;
  /** A database that has a tablegroup, on releases where no other has one: `ysql.…` */
  grouped?: `ysql.${string}` | undefined;
}

export type Chapter = (world: World, made: ChapterResults) => Promise<void>;
