import type { Option } from 'commander';

/** Every confirmation of an input is `--yes` at a terminal. */
const CONFIRMATIONS = new Set(['confirm', 'confirmDataLoss']);

/**
 * Messages of a run name the fields of its JSON input (`"acknowledgeStreams": true`); at a terminal they are options
 * (`--acknowledge-streams`). Words in quotes that are no option of the command stay.
 */
export function inOptions(message: string, options: readonly Option[]): string {
  return message.replace(
    /"([A-Za-z]+)"(?:: (?:"([^"]*)"|true))?/g,
    (words: string, field: string, value: string | undefined) => {
      const named = CONFIRMATIONS.has(field) ? 'yes' : field;
      const long = options.find((option) => option.attributeName() === named)?.long;
      if (long === undefined || long === null) return words;
      return value === undefined ? long : `${long} ${value}`;
    },
  );
}
