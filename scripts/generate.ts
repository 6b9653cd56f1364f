import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cliMarkdown } from '../src/cli/help.ts';
import { alertsPage } from './generate/alerts-page.ts';
import { configJsonSchema } from './generate/config-json-schema.ts';
import { configPage } from './generate/config-page.ts';
import { dashboardFiles } from './generate/dashboards.ts';
import { metricsDocument } from './generate/metrics-page.ts';
import { remediesPage } from './generate/remedies-page.ts';
import { ruleTests } from './generate/rule-tests.ts';
import { prometheusRule, rulesFile } from './generate/rules.ts';

/** A committed file that is made from the code; a test asserts that it is what `make` gives. */
export interface Generated {
  /** From the root of the checkout. */
  readonly path: string;
  readonly make: () => string;
}

/** Every generated file. `npm run generate` writes them all. */
export const generated: readonly Generated[] = [
  { path: 'config/memgap.schema.json', make: configJsonSchema },
  { path: 'docs/configuration.md', make: configPage },
  { path: 'docs/cli.md', make: cliMarkdown },
  { path: 'docs/metrics.md', make: metricsDocument },
  { path: 'docs/remedies.md', make: remediesPage },
  { path: 'deploy/prometheus/memgap.rules.yml', make: rulesFile },
  { path: 'deploy/prometheus/tests/stories.yml', make: ruleTests },
  { path: 'docs/alerts.md', make: alertsPage },
  { path: 'deploy/kubernetes/components/rules/prometheusrule.yaml', make: prometheusRule },
  ...dashboardFiles,
];

const here = fileURLToPath(import.meta.url);
if (process.argv[1] === here) {
  for (const { path, make } of generated) {
    const file = join(dirname(here), '..', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, make());
    console.log(`wrote ${path}`);
  }
}
