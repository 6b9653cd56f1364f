import { runbookOf } from '../../src/explain/verdict.ts';

/** Where the documentation is served from. Whoever serves it elsewhere replaces it in the rules; docs/alerts.md says how. */
const documentation = 'https://memgap.example'; // RFC 2606: nobody's, so that no link leads to a stranger

/** The runbook of a cause of src/causes/index.ts. */
export function runbookUrl(cause: string): string {
  return `${documentation}/${runbookOf(cause)}`;
}

/** What docs/alerts.md says of an alert. */
export function alertUrl(alert: string): string {
  return `${documentation}/docs/alerts.md#${alert.toLowerCase()}`;
}

/** The dashboard of the alert's target, below Grafana's root. A label that the series lack leaves its variable empty. */
export const dashboardUrl =
  '/d/memgap-target?var-namespace={{ $labels.namespace }}&var-pod={{ $labels.pod }}&var-container={{ $labels.container }}&var-target={{ $labels.target }}';
