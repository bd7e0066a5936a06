import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { searchAttributes, type SearchAttributeName } from '../contract';

const TYPES = {
  KEYWORD: temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  DATETIME: temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
  INT: temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_INT,
};

/**
 * Registers missing search attributes and returns those that the namespace has afterwards. If that is not allowed it
 * logs so and continues without: upserting an unregistered attribute would block a run for ever.
 */
export async function registerSearchAttributes(
  client: Client,
  onLine: (line: string) => void,
): Promise<SearchAttributeName[]> {
  const names = Object.keys(searchAttributes) as SearchAttributeName[];
  const { namespace } = client.options;
  const known = async (): Promise<SearchAttributeName[]> => {
    const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace });
    return names.filter((name) => Object.hasOwn(customAttributes, name));
  };
  try {
    const before = await known();
    const missing = names.filter((name) => !before.includes(name));
    if (missing.length === 0) return before;
    await client.connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, TYPES[searchAttributes[name]]])),
    });
    return await known();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const registered = await known().catch((): SearchAttributeName[] => []);
    const missing = names.filter((name) => !registered.includes(name));
    if (missing.length > 0) {
      onLine(
        `continuing without the search attributes ${missing.join(', ')}: they could not be registered in namespace ${namespace} (${why})`,
      );
    }
    return registered;
  }
}
