import type { Option } from 'commander';

/** At a terminal every confirmation of an input is `--yes`. */
const CONFIRMATIONS = new Set(['confirm', 'confirmDataLoss']);

/**
 * Messages of a run name fields of its JSON input (`"acknowledgeStreams": true`); at a terminal they become options
 * (`--acknowledge-streams`). Quoted words that are not options of the command are unchanged.
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
