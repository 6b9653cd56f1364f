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

/**
 * The dashboard of the alert's target, below Grafana's root: `instance` and `target` are one process. What the series lack (a host has no pods) leaves
 * its variable at "All", for an empty one would be a choice too; names may hold `&` and `#`, which `urlquery` of Go's templates escapes.
 */
export const dashboardUrl = `/d/memgap-target?var-instance={{ $labels.instance | urlquery }}&var-target={{ $labels.target | urlquery }}${[
  'namespace',
  'pod',
]
  .map((label) => `{{ with $labels.${label} }}&var-${label}={{ . | urlquery }}{{ end }}`)
  .join('')}`;
