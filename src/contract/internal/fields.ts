import { z } from 'zod';

/**
 * Fields of the messages between workflows, activities and signals. Anybody who may start a workflow in the namespace
 * can send any of them, so each states what it accepts; a field added by a newer version is dropped by an older one,
 * not refused.
 */
const field = (pattern: RegExp, error: string) => z.string({ error }).regex(pattern, { error });

/** Any text that is shown to people or compared with what exists. */
export const text = (atMost = 1000) =>
  z.string({ error: 'a text' }).max(atMost, { error: `at most ${atMost} characters` });

/**
 * Ids assigned by the cluster: of a snapshot, schedule, restoration, namespace, tablet, tserver. They become parts of
 * paths and commands.
 */
export const clusterId = field(
  /^[0-9A-Za-z][0-9A-Za-z_-]{0,63}$/,
  'an id as the cluster assigns it: letters, digits, - and _',
);

/** Id of a backup or dump. */
export const artefactId = field(
  /^[0-9A-Za-z][0-9A-Za-z_.%-]{0,299}$/,
  'the id of a backup or dump: letters, digits and _.%-',
);

/** Below the repository's prefix. */
export const objectKey = text(1024).refine(
  (key) => key.split('/').every((part) => part !== '' && part !== '.' && part !== '..') && !/\p{Cc}/u.test(key),
  { error: 'a key below the prefix of the repository' },
);

export const hash = field(/^[0-9A-Za-z]{1,64}$/, 'a hash in hex');
/** Microseconds since the epoch. */
export const micros = field(/^\d{1,20}$/, 'microseconds since the epoch, in digits');
/** RFC 3339. */
export const instantText = field(/^[0-9TZz:.+-]{1,40}$/, 'an instant in RFC 3339');
export const clusterName = field(/^[a-z0-9-]{1,40}$/, 'the name of a cluster');
/** host:port. */
export const address = field(/^[0-9A-Za-z.:[\]_-]{1,300}$/, 'an address, host:port');
export const workflowId = text(1000).min(1, { error: 'the id of a workflow' });
export const runId = field(/^[0-9A-Za-z-]{1,64}$/, 'the id of a run');
export const count = z.int({ error: 'a whole number, not negative' }).min(0, { error: 'a whole number, not negative' });
/** At most ten years. */
export const milliseconds = z
  .number({ error: 'milliseconds' })
  .min(0, { error: 'milliseconds, not negative' })
  .max(315_576_000_000, { error: 'at most ten years of milliseconds' });
/** At most a century, the longest duration that a caller may give. */
export const durationMs = z
  .number({ error: 'milliseconds' })
  .min(0, { error: 'milliseconds, not negative' })
  .max(36_525 * 86_400_000, { error: 'at most a century of milliseconds' });
export const ids = z.array(clusterId, { error: 'a list of ids' });
export const tableNames = z.array(text(), { error: 'a list of names of tables' });
