import type { AnswerHead } from '../receive/answer-head';
import type { Origin, Timeouts } from '../receive/connection';

/** Bytes that both threads see. */
export interface Place {
  buffer: SharedArrayBuffer;
  offset: number;
  length: number;
}

/** The requested sums of some bytes: each costs a pass over them. */
export interface Wanted {
  crc32?: boolean;
  sha256?: boolean;
}

export interface Sums {
  crc32?: number;
  /** Hex. */
  sha256?: string;
}

/** An open folder, by its path in the system (`Folder.self`), and the work to do in it. */
export interface InFolder<T> {
  self: string;
  files: T[];
}

/** A listed file that is to be read to a position in the buffer. */
export interface FileToRead {
  name: string;
  size: number;
  mtimeNs: string;
  inode: string;
  /** Where its bytes belong. */
  at: number;
}

/** Checked bytes that are to be stored under a name. */
export interface FileToPlace {
  name: string;
  temporary: string;
  at: number;
  size: number;
}

/** A signed GET, and where the bytes of its range are written. */
export interface RangeToReceive {
  origin: Origin;
  /** Request line and headers, with the empty line. */
  text: string;
  /** Offset of the range's first byte in the object. */
  first: number;
  timeouts: Timeouts;
  into: Place;
}

/** The response's head, and its body unless it is the requested range; or the error. */
export type ReceivedRange =
  { head: AnswerHead; refusal?: Uint8Array } | { error: { name: string; message: string; code?: string } };

/** A request to the thread. `stop`: set to 1 by the caller, checked between two files. */
export type ThreadRequest =
  | { kind: 'add'; hash: number; bytes: Place; wanted: Wanted }
  | { kind: 'digest'; hash: number }
  | { kind: 'sums'; bytes: Place; pieces: { at: number; length: number }[] }
  | { kind: 'read'; into: Place; folders: InFolder<FileToRead>[]; stop: SharedArrayBuffer }
  | { kind: 'place'; from: Place; folders: InFolder<FileToPlace>[]; stop: SharedArrayBuffer }
  | ({ kind: 'receive' } & RangeToReceive);

export interface Replies {
  add: Sums;
  digest: string;
  /** SHA-256 of each piece. */
  sums: string[];
  /** Undefined: a file is not as it was listed. */
  read: { files: Required<Sums>[]; whole: Required<Sums> } | undefined;
  /** False: something went wrong, and temporary files were removed. */
  place: boolean;
  receive: ReceivedRange;
}

/** `stop`: the caller no longer needs this reply; it is sent all the same. */
export type ToThread = { reply: number; request: ThreadRequest } | { forget: number } | { stop: number };

export type FromThread = { reply: number; result: unknown } | { reply: number; problem: string };
