/** What the heartbeat of a running copy shows of its node: everything that its run has copied there so far. */
export interface NodeCounters {
  filesDone: number;
  bytesDone: number;
}

/** The details of a copy's heartbeat: the node's counters beside those of its batch. */
export interface CopyHeartbeat extends NodeCounters {
  ofNode?: NodeCounters;
}

/** The details of a heartbeat in plain JSON; undefined for another kind of activity, or another encoding. */
export function readCopyHeartbeat(details: Uint8Array | null | undefined): CopyHeartbeat | undefined {
  if (!details) return undefined;
  try {
    const found = JSON.parse(new TextDecoder().decode(details)) as Partial<CopyHeartbeat> | null;
    if (!isCounters(found)) return undefined;
    const { filesDone, bytesDone, ofNode } = found;
    return { filesDone, bytesDone, ...(isCounters(ofNode) ? { ofNode } : {}) };
  } catch {
    return undefined;
  }
}

const isCounters = (found: Partial<CopyHeartbeat> | null | undefined): found is CopyHeartbeat =>
  typeof found?.filesDone === 'number' && typeof found.bytesDone === 'number';
