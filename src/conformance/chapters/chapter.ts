import type { Content } from '../content/content';
import type { World } from '../world';

export const CHAPTERS = ['backup', 'restore', 'snapshots', 'pitr', 'dumps'] as const;
export type ChapterName = (typeof CHAPTERS)[number];

/** A database that the chapters work on, with what it held when it was made. */
export interface Subject {
  /** `ysql.kalpa_conformance_…` */
  database: `ysql.${string}` | `ycql.${string}`;
  name: string;
  content: Content;
  /** `wide`, `colocated`, `keyspace`: in the names of the steps. */
  kind: string;
  read(name: string): Promise<Content>;
}

/** What earlier chapters have made for later ones. */
export interface ChapterResults {
  subjects: Subject[];
  /** Backups by the database that they hold. */
  backups: Map<string, string>;
}

export type Chapter = (world: World, made: ChapterResults) => Promise<void>;
