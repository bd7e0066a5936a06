import { defineUpdate, setHandler } from '@temporalio/workflow';
import type { RunLimits } from '../../activities/internal-types';
import { limitsSchema, SET_LIMITS_UPDATE, type Limits } from '../../contract';
import { checkedInput } from '../run/failure';
import { given } from '../../objects/given';

const setLimits = defineUpdate<Limits, [Limits]>(SET_LIMITS_UPDATE);

/** The limits of a copying run, changeable while it runs by the update `setLimits`. */
export class LiveLimits {
  private limits: RunLimits;
  private readonly listeners = new Set<(limits: RunLimits) => void>();

  constructor(first: Limits) {
    this.limits = { version: 1, ...picked(first) };
    setHandler(
      setLimits,
      (change) => {
        this.limits = { ...this.limits, ...picked(change), version: this.limits.version + 1 };
        for (const listener of this.listeners) listener(this.limits);
        return picked(this.limits);
      },
      {
        validator: (change) => {
          checkedInput('setLimits', limitsSchema, change);
        },
        description:
          'Bytes per second and requests in flight, for each node; 0 lifts the limit. Takes effect on the running copy.',
      },
    );
  }

  get current(): RunLimits {
    return this.limits;
  }

  /** Calls the listener at each change; returns a function that stops it. */
  onChange(listener: (limits: RunLimits) => void): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }
}

function picked({ bytesPerSecond, parallelism }: Limits): Limits {
  return {
    ...given({ bytesPerSecond, parallelism }),
  };
}
