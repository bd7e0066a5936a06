import type { InspectClusterResult } from '../../contract';
import type { Session } from '../core/session';

/** Runs `inspectCluster` and waits for its result, without a display, for commands that show a part of it. */
export async function inspectCluster(session: Session): Promise<InspectClusterResult> {
  return await session.withClient(async (client) => await client.run('inspectCluster', {}));
}
