import { listCdcStreams, listChangeDataStreams, ToolFailed, type ChangeStream, type Yugabyte } from '../../../yugabyte';

/**
 * Ids of the streams that replicate the changes of a database: change data capture, and xCluster with this cluster as
 * the source. After a rewind their consumers would have changes that no longer exist here (#12773, #15002). A cluster
 * that can't list them counts as having one of unknown id.
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
