import { z } from 'zod';
import type { Micros } from '../../micros';
import type { Command } from '../command';
import { notSupported } from '../failure';
import { jsonOf } from '../read-output';

export interface CloneNamespaceInput {
  /** `ysql.orders`, `ycql.shop`. */
  source: string;
  /** Bare name of the clone. */
  target: string;
  atMicros: Micros;
}

export interface StartedClone {
  /** Namespace id of the source, 32 hex. */
  namespaceId: string;
  sequence: string;
}

const document = z.object({ source_namespace_id: z.string(), seq_no: z.string() });

/**
 * Starts a clone of a database as of a moment; it needs a snapshot schedule for the source and the master flag
 * `enable_db_clone`. `list_clones` shows when it has ended. Source: "Instant database cloning"; yb-admin sources 2024,
 * 2025.
 */
export const cloneNamespace: Command<CloneNamespaceInput, StartedClone> = {
  name: 'clone_namespace',
  mutates: true,
  argv({ source, target, atMicros }, release) {
    if (!release.clonesDatabases) throw notSupported('clone_namespace', release);
    if (!/^\d{16}$/.test(atMicros))
      throw new RangeError(`clone_namespace takes a moment as 16 digits of microseconds, not "${atMicros}"`);
    return ['clone_namespace', source, target, atMicros];
  },
  parse(stdout) {
    const started = jsonOf(document, stdout, 'id of the clone');
    return { namespaceId: started.source_namespace_id, sequence: started.seq_no };
  },
};
