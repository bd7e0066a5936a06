import { listCdcStreams, listChangeDataStreams, ToolFailed, type ChangeStream, type Yugabyte } from '../../../yugabyte';

/**
 * Ids of the streams that carry the changes of a database to somebody else: change data capture, and xCluster with this
 * cluster as the source. A rewind would leave them with a future that never was (#12773, #15002). A cluster that does
 * not list them has one of unknown id.
 */
export async function changeStreams(
  yugabyte: Yugabyte,
  { namespaceId, tableIds }: { namespaceId: string; tableIds: ReadonlySet<string> },
  signal: AbortSignal,
): Promise<string[]> {
  const { listsChangeDataStreams } = await yugabyte.capabilities();
  try {
    const streams: ChangeStream[] = [
      ...(await yugabyte.run(listCdcStreams, {}, { signal })),
      ...(listsChangeDataStreams ? await yugabyte.run(listChangeDataStreams, {}, { signal }) : []),
    ];
    const own = streams.filter(({ objectIds }) => objectIds.some((id) => id === namespaceId || tableIds.has(id)));
    return [...new Set(own.map(({ id }) => id))];
  } catch (error) {
    if (error instanceof ToolFailed && !error.transient) return [`not known: ${error.reason}`];
    throw error;
  }
}
