/** A run's page in the Temporal Web UI. `ui` is the UI's address without a slash at its end. */
export function runLink(ui: string, namespace: string, workflowId: string, runId: string): string {
  return `${ui}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}/${runId}`;
}
