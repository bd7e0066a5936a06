import { z } from 'zod';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const FORM = 'the id of a snapshot, a UUID as yb-admin list_snapshots prints it';

/** A snapshot inside the cluster. */
export const snapshotIdField = z.string({ error: FORM }).regex(UUID, { error: FORM });
