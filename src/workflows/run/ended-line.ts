import { ApplicationFailure, isCancellation } from '@temporalio/workflow';
import { failures, isFailureType } from '../../contract';
import { reasonOf, rootFailure } from './failure';
import type { GuardianResult } from '../lock/guardian-messages';

const MAX_NAMED = 5;
const UNCHANGED = 'before anything was changed';

/** How far a run had come that did not complete. */
export interface Stop {
  /** Only preflight had begun. */
  opening: boolean;
  /** What its guardians did; absent while it held none. */
  cleaned?: GuardianResult | undefined;
}

/**
 * The last line of the page of a run that did not complete: how it ended, why, what was cleaned up, what to do next.
 */
export function stoppedLine(error: unknown, { opening, cleaned }: Stop): string {
  const unchanged = opening && (cleaned?.undone ?? []).length === 0;
  const cleanUp = cleanedText(cleaned);
  if (isCancellation(error)) {
    const outcome = unchanged && !cleanUp ? `Cancelled ${UNCHANGED}.` : 'Cancelled.';
    return joined(outcome, cleanUp, 'If you still need it, start it again.');
  }
  const reason = sentence(reasonOf(error));
  const how = isRefusal(error) && opening ? 'Refused' : 'Failed';
  return joined(
    unchanged && !reason.includes('was changed') ? `${how} ${UNCHANGED}: ${reason}` : `${how}: ${reason}`,
    cleanUp,
  );
}

/** The last line of a complete run. */
export function completeLine(text: string, warnings: readonly string[] = []): string {
  const [first] = warnings;
  if (first === undefined) return `Complete: ${text}`;
  return joined(
    `Complete: ${text}`,
    `${warnings.length === 1 ? 'Warning' : `${warnings.length} warnings, first`}: ${first}`,
  );
}

/** The run that a failure names, with its page, for a link. */
export function runNamedBy(error: unknown): { workflowId: string; runId: string } | undefined {
  const root = rootFailure(error);
  const [first] = root instanceof ApplicationFailure ? (root.details ?? []) : [];
  const { workflowId, runId } = (first ?? {}) as { workflowId?: unknown; runId?: unknown };
  return typeof workflowId === 'string' && typeof runId === 'string' ? { workflowId, runId } : undefined;
}

function isRefusal(error: unknown): boolean {
  const root = rootFailure(error);
  const type = root instanceof ApplicationFailure ? root.type : undefined;
  return isFailureType(type) && failures[type].exit !== 1;
}

/** What guardians undid, and what they could not; empty for neither. */
export function cleanedText({ undone, leftovers }: GuardianResult = { undone: [], leftovers: [] }): string {
  return joined(
    undone.length === 0 ? '' : `Cleaned up: ${named(undone)}.`,
    leftovers.length === 0 ? '' : `Left behind, check by hand: ${named(leftovers)}.`,
  );
}

function named(texts: readonly string[]): string {
  const more = texts.length - MAX_NAMED;
  return [...texts.slice(0, MAX_NAMED), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

const sentence = (text: string): string => (/[.!?)]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`);

const joined = (...parts: string[]): string => parts.filter((part) => part !== '').join(' ');
