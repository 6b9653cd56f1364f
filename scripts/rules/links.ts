import { runbookOf } from '../../src/answer/verdict.ts';

/** Where the documentation is served from. Whoever serves it elsewhere replaces it by `linksCommand`. */
const documentation = 'https://memgap.example'; // RFC 2606: nobody's, so that no link leads to a stranger

/**
 * What to run in a checkout to put one's own addresses into all files with links of memgap's; for docs/alerts.md, docs/dashboards.md and
 * deploy/grafana.
 */
export const linksCommand = `sed -i -e 's#${documentation}#https://wiki.example.com/memgap#' -e 's#dashboard_url: /d/#dashboard_url: https://grafana.example.com/d/#' \\
  deploy/prometheus/memgap.rules.yml deploy/kubernetes/components/rules/prometheusrule.yaml deploy/grafana/*.json`;

/** The runbook of a cause of src/causes/index.ts. */
export function runbookUrl(cause: string): string {
  return `${documentation}/${runbookOf(cause)}`;
}

/** What docs/alerts.md says of an alert. */
export function alertUrl(alert: string): string {
  return `${documentation}/docs/alerts.md#${alert.toLowerCase()}`;
}

/**
 * The dashboard of the alert's target, below Grafana's root: `instance` and `target` are one process. What the series lack (a host has no
 * pods) leaves its variable at "All", for an empty one would be a choice too; names may hold `&` and `#`, which `urlquery` of Go's
 * templates escapes.
 */
export const dashboardUrl = `/d/memgap-target?var-instance={{ $labels.instance | urlquery }}&var-target={{ $labels.target | urlquery }}${[
  'namespace',
  'pod',
]
  .map((label) => `{{ with $labels.${label} }}&var-${label}={{ . | urlquery }}{{ end }}`)
  .join('')}`;
