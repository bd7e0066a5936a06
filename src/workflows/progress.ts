import { defineQuery, setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import {
  PROGRESS_QUERY,
  searchAttributes,
  type NodeProgress,
  type PhaseProgress,
  type Progress,
  type SearchAttributeName,
  type Settings,
} from '../contract';
import { renderDetails } from './render-details';

export const progressQuery = defineQuery<Progress>(PROGRESS_QUERY);

/** Upserts those attributes that the namespace knows; another one would freeze the run. */
export function upsertKnown(
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
 * Where a run is: answers the query `progress`, keeps the run's page and its search attributes up to date. Made first
 * thing in a workflow, so that no question comes too early; `settings` follow when they were read.
 */
export class RunProgress {
  private readonly phases: PhaseProgress[];
  private readonly nodes = new Map<string, NodeProgress>();
  private filesStartedAt = 0;
  private message = '';

  constructor(
    private readonly operation: string,
    private readonly subject: string,
    phaseNames: readonly string[],
    private settings?: Settings,
  ) {
    this.phases = phaseNames.map((name) => ({ name, state: 'waiting' }));
    setHandler(progressQuery, () => this.snapshot(), {
      description: 'Where this run is: phases, nodes, bytes, time left.',
    });
    this.render();
  }

  /** From here on search attributes are kept up to date, too. */
  use(settings: Settings): void {
    this.settings = settings;
  }

  /** Ends the running phase and begins the next one. */
  enter(name: string, message = ''): void {
    const now = new Date(Date.now()).toISOString();
    for (const phase of this.phases)
      if (phase.state === 'running') Object.assign(phase, { state: 'complete', endedAt: now });
    const phase = this.phases.find((candidate) => candidate.name === name);
    if (phase) Object.assign(phase, { state: 'running', startedAt: phase.startedAt ?? now });
    if (phase) delete phase.endedAt;
    if (name === 'files') this.filesStartedAt = Date.now();
    this.message = message;
    if (this.settings) upsertKnown(this.settings, { KalpaPhase: name });
    this.render();
  }

  say(message: string): void {
    this.message = message;
    this.render();
  }

  /** The running phase failed; what never began is skipped. */
  fail(message: string): void {
    const now = new Date(Date.now()).toISOString();
    for (const phase of this.phases) {
      if (phase.state === 'running') Object.assign(phase, { state: 'failed', endedAt: now });
    }
    this.message = message;
    this.render();
  }

  finish(message: string): void {
    const now = new Date(Date.now()).toISOString();
    for (const phase of this.phases) {
      if (phase.state === 'running') Object.assign(phase, { state: 'complete', endedAt: now });
      if (phase.state === 'waiting') phase.state = 'skipped';
    }
    this.message = message;
    this.render();
  }

  /** New counters of one node; the rate is over the files phase so far. */
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
    const running = this.phases.find((phase) => phase.state === 'running' || phase.state === 'failed');
    const last = [...this.phases].reverse().find((phase) => phase.state === 'complete');
    const copying = running?.name === 'files' && rate > 0;
    return {
      operation: this.operation,
      phase: running?.name ?? last?.name ?? this.phases[0]?.name ?? '',
      phases: this.phases.map((phase) => ({ ...phase })),
      nodes,
      ...(copying ? { etaSeconds: Math.round(left / rate) } : {}),
      message: this.message,
    };
  }

  private render(): void {
    setCurrentDetails(renderDetails(this.subject, this.snapshot()));
  }
}
