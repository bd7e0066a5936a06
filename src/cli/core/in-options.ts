import type { Option } from 'commander';

/**
 * Messages of a run name the fields of its JSON input (`"confirmDataLoss": "ysql.orders"`); at a terminal they are options
 * (`--confirm-data-loss ysql.orders`). Words in quotes that are no option of the command stay.
 */
export function inOptions(message: string, options: readonly Option[]): string {
  return message.replace(
    /"([A-Za-z]+)"(?:: (?:"([^"]*)"|true))?/g,
    (words: string, field: string, value: string | undefined) => {
      const long = options.find((option) => option.attributeName() === field)?.long;
      if (long === undefined || long === null) return words;
      return value === undefined ? long : `${long} ${value}`;
    },
  );
}
