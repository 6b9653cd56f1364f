import { Counter, Gauge, type OpenMetricsContentType, type PrometheusContentType, Registry } from 'prom-client';
import { connectionFamilies } from './connections.ts';
import { discoveryFamilies } from './discovery.ts';
import type { Format } from './exposition.ts';
import type { Family, Sample } from './family.ts';
import { type SelfFigures, selfFamilies } from './self.ts';

type ContentType = PrometheusContentType | OpenMetricsContentType;

/** How a page in each format is announced. */
export const contentTypes: Readonly<Record<Format, ContentType>> = {
  text: Registry.PROMETHEUS_CONTENT_TYPE,
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
};

/**
 * memgap's own metrics as prom-client prints them, in OpenMetrics with the end of the page. The registry is of one page: what is not known
 * now is not there, where one that lives on would repeat the last value, and print 0 for a Gauge that was never set.
 */
export function printOwn(self: SelfFigures, format: Format): Promise<string> {
  const registry = new Registry<ContentType>();
  registry.setContentType(contentTypes[format]);
  for (const family of [...selfFamilies, ...connectionFamilies, ...discoveryFamilies]) {
    const known = [...family.values(self)].filter(({ value }) => Number.isFinite(value));
    if (known.length > 0) register(registry, family, known);
  }
  return registry.metrics();
}

function register(registry: Registry<ContentType>, { name, type, help, labels }: Family<SelfFigures>, samples: readonly Sample[]): void {
  const settings = { name, help, labelNames: [...labels], registers: [registry] };
  if (type === 'gauge') {
    const gauge = new Gauge(settings);
    for (const sample of samples) gauge.set(sample.labels, sample.value);
  } else {
    const counter = new Counter(settings);
    for (const sample of samples) counter.inc(sample.labels, sample.value);
  }
}
