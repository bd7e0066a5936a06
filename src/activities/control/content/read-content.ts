import { bareName } from '../../../contract';
import { showProgress } from '../../activity-signs';
import { failWithFindings } from '../../application-failure';
import type { ControlDependencies } from '../dependencies';
import { partOf, type LoadableDump } from '../find-dump';
import { readDumpText } from '../read-dump-text';
import { contentFinding, contentWarnings } from './content-findings';
import { gateContent } from './gate-content';

export interface ReadContentInput {
  dump: LoadableDump;
  accept?: string[];
}

export interface ReadContent {
  /** Of the text that may be loaded. */
  sha256: string;
  /** It holds what is refused, and the caller has accepted that. */
  accepted: boolean;
  warnings: string[];
}

/** Reads the whole text of a dump before anything of it is run. What no dump asks for: `ContentRefused`. */
export function makeReadContent(dependencies: ControlDependencies) {
  return async function readContent({ dump, accept }: ReadContentInput): Promise<ReadContent> {
    const { part } = await partOf(dependencies, dump);
    const content = dump.content === 'data' ? 'rows' : 'database';
    const report = await gateContent(
      readDumpText(dependencies, part, dump.dumpId),
      { content, database: bareName(dump.database) },
      (textBytes) => {
        showProgress({ textBytes });
      },
    );
    const { sha256 } = report;
    const what = `The text of ${dump.dumpId}`;
    const finding = contentFinding(what, report, { sha256, accept });
    const refusal = finding && failWithFindings(what, [finding]);
    if (refusal) throw refusal;
    return { sha256, accepted: report.refused > 0, warnings: contentWarnings(what, report) };
  };
}
