import type { SearchAttributeName } from './search-attributes';
import type { Timing } from './timing';

/** Read once by the first step of each workflow, so that a change of `kalpa.yaml` never alters a running history. */
export interface Settings {
  cluster: string;
  timing: Timing;
  /** Those that the namespace knows; upserting another one would freeze the run for ever. */
  searchAttributes: SearchAttributeName[];
}
