/** Bytes that both threads see. */
export interface Place {
  buffer: SharedArrayBuffer;
  offset: number;
  length: number;
}

/** Which sums of some bytes are wanted: each costs a pass over them. */
export interface Wanted {
  crc32?: boolean;
  sha256?: boolean;
}

export interface Sums {
  crc32?: number;
  /** Hex. */
  sha256?: string;
}

/** An open folder, by what the system finds it (`Folder.self`), and what is to be done in it. */
export interface InFolder<T> {
  self: string;
  files: T[];
}

/** A listed file that is to be read to a place of the whole. */
export interface FileToRead {
  name: string;
  size: number;
  mtimeNs: string;
  inode: string;
  /** Where its bytes belong. */
  at: number;
}

/** Checked bytes that are to stand under a name. */
export interface FileToPlace {
  name: string;
  temporary: string;
  at: number;
  size: number;
}

/** What is asked of the thread. `stop`: set to 1 by who asked, looked at between two files. */
export type Asked =
  | { kind: 'add'; hash: number; bytes: Place; wanted: Wanted }
  | { kind: 'digest'; hash: number }
  | { kind: 'sums'; bytes: Place; pieces: { at: number; length: number }[] }
  | { kind: 'read'; into: Place; folders: InFolder<FileToRead>[]; stop: SharedArrayBuffer }
  | { kind: 'place'; from: Place; folders: InFolder<FileToPlace>[]; stop: SharedArrayBuffer };

export interface Replies {
  add: Sums;
  digest: string;
  /** SHA-256 of each piece. */
  sums: string[];
  /** Undefined: something is not as it was listed. */
  read: { files: Required<Sums>[]; whole: Required<Sums> } | undefined;
  /** False: something went wrong, and what was begun is removed. */
  place: boolean;
}

export type ToThread = { reply: number; asked: Asked } | { forget: number };

export type FromThread = { reply: number; result: unknown } | { reply: number; problem: string };
