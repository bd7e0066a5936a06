/** How a run is started. */
export interface StartOptions {
  /** The idempotency key. Default: the id that the contract gives. */
  workflowId?: string;
  /**
   * When a run of this id is running: `fail` (default) throws `DatabaseBusy`, `useExisting` gives the running one:
   * "make sure that a backup is running".
   */
  conflict?: 'fail' | 'useExisting';
}
