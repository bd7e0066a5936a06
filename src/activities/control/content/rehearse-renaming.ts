import { bareName, SCRATCH_NAME } from '../../../contract';
import { DatabaseRenaming, DumpRefused, rewriteDump, UnfinishedSql, type DumpPiece } from '../../../yugabyte';
import { failWith } from '../../application-failure';

/** Stands in for a restore's scratch name. */
const REHEARSED_NAME = 'kalpa_000000000000';
if (!SCRATCH_NAME.test(REHEARSED_NAME)) throw new Error(`${REHEARSED_NAME} is no scratch name.`);

/**
 * Renames a schema dump as each restore does: what a restore would refuse is reported when the backup is made, while
 * the source can still be changed.
 */
export function rehearseRenaming(dump: string, database: string): void {
  try {
    const rename = { from: bareName(database), to: REHEARSED_NAME };
    for (const skip of [false, true]) rewriteDump(dump, { rename, leaveOut: { roles: skip, tablespaces: skip } });
  } catch (error) {
    throw refusal(error, database);
  }
}

/** The same for a dump that is streamed; call `end` when it is complete. */
export class RenamingRehearsal {
  private readonly renaming: DatabaseRenaming;
  private line = 0;

  constructor(private readonly database: string) {
    this.renaming = new DatabaseRenaming(bareName(database), REHEARSED_NAME);
  }

  note(piece: DumpPiece): void {
    if (piece.kind === 'rows') {
      this.line += piece.rows + (piece.end ? 1 : 0);
      return;
    }
    this.tried(() => this.renaming.edits(piece.text, piece.statements, this.line));
    this.line += piece.text.split('\n').length - 1;
  }

  end(): void {
    this.tried(() => {
      this.renaming.end();
    });
  }

  private tried(attempt: () => void): void {
    try {
      attempt();
    } catch (error) {
      throw refusal(error, this.database);
    }
  }
}

function refusal(error: unknown, database: string): unknown {
  if (!(error instanceof DumpRefused || error instanceof UnfinishedSql)) return error;
  return failWith(
    'PreflightFailed',
    `The schema of ${database} can't be loaded under another name, which is how a restore or load begins. ${error.message}`,
  );
}
