/** How a run is started. */
export interface StartOptions {
  /** The idempotency key. Default: the contract's id. */
  workflowId?: string;
  /**
   * When a run with this id is running: `fail` (default) throws `DatabaseBusy`, `useExisting` returns the running one:
   * "make sure that a backup is running".
   */
  conflict?: 'fail' | 'useExisting';
}
