import { defineSignal } from '@temporalio/workflow';
import type { OwnerEnd, Undo, Settings } from '../../contract/internal';
import type { Chain } from '../../contract';

export interface GuardianInput {
  /** What is locked, for people: `ysql.orders` or the cluster. */
  subject: string;
  guardianId: string;
  owner: Chain;
  operation: string;
  settings: Settings;
}

export interface GuardianResult {
  undone: string[];
  /** What could not be undone, by id; a person must look at it. */
  leftovers: string[];
}

/** One undo under its key; `undo: null` withdraws the note. */
export interface NoteMessage {
  key: string;
  undo: Undo | null;
}

export const noteSignal = defineSignal<[NoteMessage]>('note');
export const closeSignal = defineSignal<[{ end: OwnerEnd }]>('close');
