import { createdObject, type Capabilities, type CqlStatement } from '../../../yugabyte';
import { firstOf } from '../../../objects/texts';

/** Names that a warning lists. */
const SHOWN = 10;

/**
 * A warning about indexes that may be partial: old releases describe them without their WHERE (`tellsPartialIndexes` of
 * releases.ts), and no other question to YCQL has it. A load makes them indexes of all rows.
 */
export function untoldPredicates(
  { release, tellsPartialIndexes }: Pick<Capabilities, 'release' | 'tellsPartialIndexes'>,
  database: string,
  statements: readonly CqlStatement[],
): string[] {
  if (tellsPartialIndexes) return [];
  const names = statements.flatMap(({ text }) => {
    const made = createdObject(text);
    return made.kind === 'index' ? [made.name] : [];
  });
  if (names.length === 0) return [];
  return [
    `YugabyteDB ${release} does not tell the WHERE of a partial index (it does from 2.8 on, #9762), so the dump of ${database} has none: a load makes each of these that is partial an index of all rows: ${firstOf(names, SHOWN)}. Create it again there; a backup keeps it as it is.`,
  ];
}
