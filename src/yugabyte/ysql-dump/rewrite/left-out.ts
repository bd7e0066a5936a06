import type { Edit } from './edits';
import { rolesNamed, type Part } from '../contents/roles-named';
import { sqlOnly } from '../scan/statement';
import type { Statement } from '../scan/scan-sql';
import { tablespacesNamed } from '../contents/tablespaces-named';

/** What is left out when a dump is loaded. */
export interface LeaveOut {
  roles?: boolean;
  tablespaces?: boolean;
}

export interface LeftOut {
  edits: Edit[];
  /** What is lost besides owners and privileges. */
  losses: string[];
}

/** Statements, or clauses of them, that name a role or a tablespace. */
export function leftOut(statements: readonly Statement[], { roles, tablespaces }: LeaveOut): LeftOut {
  const edits: Edit[] = [];
  const losses: string[] = [];
  const cut = ({ start, end }: Statement, part: Part): void =>
    void edits.push(part === 'statement' ? { start, end, text: '' } : { ...part, text: '' });
  for (const statement of sqlOnly(statements)) {
    const named = roles ? rolesNamed(statement.tokens) : undefined;
    if (named?.part) cut(statement, named.part);
    if (named?.loses !== undefined) losses.push(named.loses);
    for (const part of (tablespaces && tablespacesNamed(statement.tokens)?.parts) || []) cut(statement, part);
  }
  return { edits, losses };
}
