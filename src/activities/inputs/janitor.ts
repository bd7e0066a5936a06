import { z } from 'zod';
import { fields as f, shapes as s } from '../../contract/internal';

const plan = z.object({ key: f.objectKey, sha256: f.hash });
const named = z.object({ chain: s.chain, backup: f.artefactId, reason: f.text() });

/** The input of each activity of the janitor. */
export const janitorInputs = {
  deletePlanned: z.object({ chain: s.chain, plan, shown: plan.optional() }),
  deleteNamed: named,
  undeleteNamed: named,
  sweepRepository: null,
} as const;
