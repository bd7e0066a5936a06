import { z } from 'zod';
import { given } from '../../../objects/given';
import {
  BACKUP_KINDS,
  count,
  putWorkList,
  sha256,
  type BackupKind,
  type ClusterStore,
  type StoredFile,
} from '../../../repository';
import type { ListRef } from '../../internal-types';
import { otherPlace } from '../../work-lines';

/** A file to be read. */
export const verifyLine = z.object({
  object: z.string(),
  offset: count.optional(),
  size: count,
  sha256,
  etag: z.string().optional(),
  versionId: z.string().optional(),
  owner: z.string(),
  /** Other places it was fetched to again from the cluster, the newest first. */
  elsewhere: z.array(otherPlace).optional(),
  /** Where its owner is deleted: a backup that needs it. */
  neededBy: z.string().optional(),
  /** The newest proof found it bad. */
  wasBad: z.literal(true).optional(),
});
export type VerifyLine = z.output<typeof verifyLine>;

/** A batch in the list of all batches: its files and their totals. */
export const batchLine = z.object({ key: z.string(), sha256, files: count, bytes: count, kind: z.enum(BACKUP_KINDS) });

/** Batches grow with the work, so that a run's history does not. */
const MAX_BATCHES = 500;
const BATCH_BYTES = 1024 ** 3;
const BATCH_FILES = 2_000;

/** Lists of files that are read together, each written to the bucket as soon as it is full. */
export class Batches {
  private readonly refs: z.output<typeof batchLine>[] = [];
  private lines: VerifyLine[] = [];
  private bytes = 0;
  private kind: BackupKind = 'backup';
  private readonly most: { files: number; bytes: number };

  constructor(
    private readonly repository: ClusterStore,
    private readonly workflowId: string,
    { files, bytes }: { files: number; bytes: number },
  ) {
    this.most = {
      files: Math.max(BATCH_FILES, Math.ceil(files / MAX_BATCHES)),
      bytes: Math.max(BATCH_BYTES, Math.ceil(bytes / MAX_BATCHES)),
    };
  }

  async add(kind: BackupKind, file: StoredFile & Pick<VerifyLine, 'wasBad' | 'elsewhere' | 'neededBy'>): Promise<void> {
    if (kind !== this.kind) await this.flush();
    this.kind = kind;
    const { object, offset, size, sha256: hash, etag, versionId, owner, wasBad, elsewhere, neededBy } = file;
    this.lines.push({
      object,
      size,
      sha256: hash,
      owner,
      ...given({ offset, etag, versionId, wasBad, elsewhere, neededBy }),
    });
    this.bytes += size;
    if (this.lines.length >= this.most.files || this.bytes >= this.most.bytes) await this.flush();
  }

  /** The list of all batches, and their totals. */
  async end(): Promise<{ ref: ListRef; read: { files: number; bytes: number } }> {
    await this.flush();
    const sum = (of: 'files' | 'bytes'): number => this.refs.reduce((total, ref) => total + ref[of], 0);
    const ref = await putWorkList(this.repository, {
      ...{ workflowId: this.workflowId, name: 'verify', lines: this.refs, bytes: sum('bytes') },
    });
    return { ref, read: { files: sum('files'), bytes: sum('bytes') } };
  }

  private async flush(): Promise<void> {
    const { lines, bytes, workflowId, kind } = this;
    if (lines.length === 0) return;
    const name = `verify-${this.refs.length + 1}`;
    this.refs.push({ ...(await putWorkList(this.repository, { workflowId, name, lines, bytes })), kind });
    [this.lines, this.bytes] = [[], 0];
  }
}
