import type { SearchAttributeName } from '../search-attributes';
import type { Timing } from '../timing';

/** Read once by the first step of each workflow, so that a change of `kalpa.yaml` never affects a running workflow. */
export interface Settings {
  cluster: string;
  timing: Timing;
  /** Those that the namespace knows; upserting an unknown one would block the run for ever. */
  searchAttributes: SearchAttributeName[];
}
