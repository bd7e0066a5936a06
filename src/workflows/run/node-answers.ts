import type { NodeRef, NodeState } from '../../activities/internal-types';
import type { Settings } from '../../contract/internal';
import { shortStep } from './policies';
import { askWorker } from './survey-nodes';

/**
 * The nodes over the rounds of one run. Each survey waits for the answers of all nodes but those that did not answer
 * before: these are asked in passing, since a lost node would cost every round `nodeAnswerTimeout`. One that is back
 * is part of the next survey.
 */
export class NodeAnswers {
  /** What the nodes that did not answer were asked since; one question each, until it is answered or times out. */
  private readonly silent = new Map<string, Promise<NodeState> | undefined>();

  /** One of these has answered since the last survey. */
  private hasReturned = false;

  constructor(private readonly settings: Settings) {}

  /** Every tserver that the masters list, whose worker answers. */
  async survey(): Promise<NodeState[]> {
    const { nodes } = await shortStep(this.settings, 'tservers as the masters list them').listNodes();
    this.hasReturned = false;
    const answers = await Promise.all(
      nodes.map(async (node) => {
        if (!this.silent.has(node.uuid) || !node.alive) return this.heard(await askWorker(this.settings, node));
        this.askInPassing(node);
        return undefined;
      }),
    );
    return answers.filter((node) => node?.worker !== undefined) as NodeState[];
  }

  /** Waits for the questions that were asked in passing. Whether a node is back, so that another survey has it. */
  async isBack(): Promise<boolean> {
    await Promise.all([...this.silent.values()].map(async (answer) => await answer));
    return this.hasReturned;
  }

  private askInPassing(node: NodeRef & { alive: boolean }): void {
    if (this.silent.get(node.uuid)) return;
    this.silent.set(
      node.uuid,
      askWorker(this.settings, node).then((answer) => {
        if (answer.worker) this.hasReturned = true;
        return this.heard(answer);
      }),
    );
  }

  private heard(node: NodeState): NodeState {
    // A node that is not ALIVE costs no wait.
    if (node.worker || !node.alive) this.silent.delete(node.uuid);
    else this.silent.set(node.uuid, undefined);
    return node;
  }
}
