import { defineQuery, setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import {
  PROGRESS_QUERY,
  searchAttributes,
  type NodeProgress,
  type PhaseProgress,
  type PhaseState,
  type Progress,
  type SearchAttributeName,
} from '../../contract';
import type { OwnerEnd, Settings } from '../../contract/internal';
import { CopyReadSchedule } from '../copy/copy-reads';
import { completeLine, runNamedBy, stoppedLine } from './ended-line';
import type { GuardianResult } from '../lock/guardian-messages';
import { renderDetails } from './render-details';

export const progressQuery = defineQuery<Progress>(PROGRESS_QUERY);

const CLEANUP = 'cleanup';

/** Upserts the attributes that the namespace knows; an unknown one would block the run. */
export function upsertKnownAttributes(
  settings: Settings,
  values: Partial<Record<SearchAttributeName, string | number | Date>>,
): void {
  const pairs = Object.entries(values)
    .filter(([name]) => settings.searchAttributes.includes(name as SearchAttributeName))
    .map(([name, value]) => ({
      key: defineSearchAttributeKey(name, searchAttributes[name as SearchAttributeName]),
      value,
    }));
  if (pairs.length > 0) upsertSearchAttributes(pairs as SearchAttributePair[]);
}

/**
 * Where a run is: answers the query `progress`, and keeps the run's page and search attributes up to date. Created
 * first in a workflow, so that no query comes too early; `settings` follow once they are read.
 */
export class RunProgress {
  /** When the counters of the nodes are read. */
  readonly reads = new CopyReadSchedule();
  private readonly phases: PhaseProgress[];
  private readonly nodes = new Map<string, NodeProgress>();
  private filesStartedAt = 0;
  /** Notes of the steps in progress, the newest last. */
  private notes: { text: string }[] = [];
  private cleaned: GuardianResult | undefined;
  private ended:
    { line: string; run?: { workflowId: string; runId: string } | undefined; warnings?: readonly string[] } | undefined;

  constructor(
    private readonly operation: string,
    private subject: string,
    phaseNames: readonly string[],
    private settings?: Settings,
  ) {
    this.phases = phaseNames.map((name) => ({ name, state: 'waiting' }));
    setHandler(progressQuery, () => this.snapshot(), {
      description: 'Where this run is: phases, nodes, bytes, time left.',
    });
    this.render();
  }

  /** From here on search attributes are kept up to date as well. */
  use(settings: Settings): void {
    this.settings = settings;
  }

  /** Sets the headline, once more is known than at the start. */
  about(subject: string): void {
    this.subject = subject;
    this.render();
  }

  /** Ends the running phase and begins this one; does nothing if it is already running. */
  enter(name: string): void {
    if (this.phases.some((phase) => phase.name === name && phase.state === 'running')) return;
    this.endRunning('complete');
    this.begin(name);
    if (this.settings) upsertKnownAttributes(this.settings, { KalpaPhase: name });
    this.render();
  }

  /** Shows below the phases what a step does or waits for; removed when the step is over. */
  async during<T>(note: string | undefined, step: () => Promise<T>): Promise<T> {
    if (note === undefined) return await step();
    const shown = { text: note };
    this.notes.push(shown);
    this.render();
    try {
      return await step();
    } finally {
      this.notes = this.notes.filter((one) => one !== shown);
      this.render();
    }
  }

  /** The procedure is over, either way; only noted undos remain. */
  cleanUp(end: OwnerEnd): void {
    if (end === 'complete') {
      this.enter(CLEANUP);
      return;
    }
    this.endRunning('failed');
    this.begin(CLEANUP);
    this.render();
  }

  /** What the guardians did. */
  cleanedUp(cleaned: GuardianResult): void {
    this.cleaned = cleaned;
    this.endRunning(cleaned.leftovers.length > 0 ? 'failed' : 'complete');
    this.render();
  }

  /**
   * The run did not complete: the running phase failed, phases that never began are skipped, and the last line says
   * why.
   */
  stop(error: unknown): void {
    const opening = this.isOpening();
    const { undone, leftovers } = this.cleaned ?? { undone: [], leftovers: [] };
    const cleanup = this.phases.find(({ name }) => name === CLEANUP);
    if (opening && cleanup && undone.length + leftovers.length === 0) {
      forget(cleanup);
    }
    this.endRunning('failed');
    this.close({ line: stoppedLine(error, { opening, cleaned: this.cleaned }), run: runNamedBy(error) });
  }

  /** The run is complete. */
  finish(text: string, warnings: readonly string[] = []): void {
    this.endRunning('complete');
    this.close({ line: completeLine(text, warnings), warnings: warnings.slice(1) });
  }

  /** Newer counters of nodes of this plan, which never decrease. */
  nodesAt(read: { node: string; filesDone: number; bytesDone: number }[]): void {
    for (const { node, filesDone, bytesDone } of read) {
      const known = this.nodes.get(node);
      if (!known || bytesDone < known.bytesDone) continue;
      const { filesTotal, bytesTotal } = known;
      this.node(node, {
        ...{ filesTotal, bytesTotal },
        filesDone: Math.min(filesTotal, Math.max(known.filesDone, filesDone)),
        bytesDone: Math.min(bytesTotal, bytesDone),
      });
    }
  }

  /** New counters of one node; the rate is the average of the files phase so far. */
  node(address: string, counters: Omit<NodeProgress, 'node' | 'bytesPerSecond'>): void {
    const seconds = Math.max(1, (Date.now() - this.filesStartedAt) / 1000);
    this.nodes.set(address, { node: address, ...counters, bytesPerSecond: Math.round(counters.bytesDone / seconds) });
    this.render();
  }

  /** Counters of the nodes belong to one plan; a new plan starts afresh. */
  forgetNodes(): void {
    this.nodes.clear();
  }

  snapshot(): Progress {
    const nodes = [...this.nodes.values()];
    const rate = nodes.reduce((sum, node) => sum + node.bytesPerSecond, 0);
    const left = nodes.reduce((sum, node) => sum + node.bytesTotal - node.bytesDone, 0);
    const inState = (state: PhaseState) => this.phases.find((phase) => phase.state === state);
    const current = inState('failed') ?? inState('running');
    const last = [...this.phases].reverse().find((phase) => phase.state === 'complete');
    const copying = current?.name === 'files' && current.state === 'running' && rate > 0;
    return {
      operation: this.operation,
      phase: current?.name ?? last?.name ?? this.phases[0]?.name ?? '',
      phases: this.phases.map((phase) => ({ ...phase })),
      nodes,
      ...(copying ? { etaSeconds: Math.round(left / rate) } : {}),
      message: this.ended?.line ?? this.notes.at(-1)?.text ?? '',
    };
  }

  /** Only the first phase, preflight, has begun. */
  private isOpening(): boolean {
    return this.phases.slice(1).every(({ name, state }) => state === 'waiting' || name === CLEANUP);
  }

  private begin(name: string): void {
    const now = new Date(Date.now()).toISOString();
    const at = this.phases.findIndex((candidate) => candidate.name === name);
    const phase = this.phases[at];
    if (phase) Object.assign(phase, { state: 'running', startedAt: phase.startedAt ?? now });
    if (phase) delete phase.endedAt;
    // Repeated: the phases after it have to be repeated as well.
    for (const later of this.phases.slice(at + 1)) forget(later);
    if (name === 'files') this.filesStartedAt = Date.now();
  }

  private endRunning(to: PhaseState): void {
    const now = new Date(Date.now()).toISOString();
    for (const phase of this.phases) if (phase.state === 'running') Object.assign(phase, { state: to, endedAt: now });
  }

  private close(ended: typeof this.ended): void {
    for (const phase of this.phases) if (phase.state === 'waiting') phase.state = 'skipped';
    this.ended = ended;
    this.render();
  }

  private render(): void {
    setCurrentDetails(renderDetails(this.subject, this.snapshot(), this.ended?.run, this.ended?.warnings));
  }
}

function forget(phase: PhaseProgress): void {
  phase.state = 'waiting';
  delete phase.startedAt;
  delete phase.endedAt;
}
