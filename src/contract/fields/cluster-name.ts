import { z } from 'zod';
import { CLUSTER_NAME } from '../names';

const FORM = 'a cluster name of a-z, 0-9 and -, up to 40 characters';

/**
 * A cluster's name. Its pattern is not exported: exports are frozen and shared by the runs of a worker, and a schema
 * can't match with a frozen pattern.
 */
export const clusterName = z.string({ error: FORM }).regex(new RegExp(CLUSTER_NAME), { error: FORM });
