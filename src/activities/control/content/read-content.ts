import { bareName } from '../../../contract';
import { shownName } from '../../../yugabyte';
import { showProgress } from '../../heartbeat-interceptor';
import { failWithFindings } from '../../application-failure';
import type { ControlDependencies } from '../dependencies';
import { partOf, type LoadableDump } from '../lookup/find-dump';
import { readDumpText } from './read-dump-text';
import { contentFinding, contentWarnings } from './content-findings';
import { gateContent } from './gate-content';

export interface ReadContentInput {
  dump: LoadableDump;
  accept?: string[];
}

export interface ReadContent {
  /** Of the text that may be loaded. */
  sha256: string;
  /** Refused statements that the caller has accepted, by digest. */
  accepted: string[];
  warnings: string[];
}

/** Reads the whole text of a dump before any of it is run. Statements that no dump contains: `ContentRefused`. */
export function makeReadContent(dependencies: ControlDependencies) {
  return async function readContent({ dump, accept }: ReadContentInput): Promise<ReadContent> {
    const { part } = await partOf(dependencies, dump);
    const content = dump.content === 'data' ? 'rows' : 'database';
    const named = new Set(part.tables.map(shownName));
    const report = await gateContent(
      readDumpText(dependencies, part, dump.dumpId),
      {
        ...{ content, database: bareName(dump.database), accept },
        // Only the tables that preflight found empty; the text itself is not believed about others.
        ...(content === 'rows' ? { rowsInto: (table) => named.has(shownName(table)) } : {}),
      },
      (textBytes) => {
        showProgress({ textBytes });
      },
    );
    const subject = `The text of ${dump.dumpId}`;
    const finding = contentFinding(subject, report);
    const refusal = finding && failWithFindings(subject, [finding]);
    if (refusal) throw refusal;
    return { sha256: report.sha256, accepted: report.accepted, warnings: contentWarnings(subject, report) };
  };
}
