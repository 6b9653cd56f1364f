import { type Metric, type OpenMetricsContentType, type PrometheusContentType, Registry } from 'prom-client';
import type { TargetState } from '../sampler/state.ts';
import { labelValue } from '../untrusted.ts';
import { acceptedBy } from './accept.ts';
import { connectionFamilies } from './connections.ts';
import { discoveryFamilies } from './discovery.ts';
import { families } from './families.ts';
import type { Family, Labels, Sample } from './family.ts';
import { type SelfFigures, selfFamilies } from './self.ts';

/** A page of metrics, and how to announce it. */
export interface MetricsPage {
  readonly contentType: string;
  readonly body: string;
}

/** What stands on a page: the families of these targets, and memgap's own unless `self` is `undefined`. */
export interface PageContent {
  readonly targets: readonly TargetState[];
  readonly self: SelfFigures | undefined;
}

/**
 * The metrics of the last snapshots, made anew: OpenMetrics 1.0.0 where the Accept header wants it more than text, else text 0.0.4.
 * Families without a sample are left out, so a target that is gone takes its series along.
 */
export async function metricsPage({ targets, self }: PageContent, accept: string | undefined): Promise<MetricsPage> {
  const registry = new Registry<Format>();
  const openMetrics = wantsOpenMetrics(accept);
  if (openMetrics) registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const labeled = targets.map((state) => ({ state, sharedLabels: targetLabels(state) }));
  for (const family of families) {
    const samples: PromSample[] = [];
    for (const { state, sharedLabels } of labeled) for (const sample of family.values(state)) samples.push({ ...sample, sharedLabels });
    register(registry, family, samples, openMetrics);
  }
  if (self !== undefined)
    for (const family of [...selfFamilies, ...connectionFamilies, ...discoveryFamilies])
      register(registry, family, [...family.values(self)], openMetrics);
  return { contentType: registry.contentType, body: await registry.metrics() };
}

/** The first format that memgap has, in the client's order: Prometheus 2 and 3 list OpenMetrics first, curl and a browser get text. */
export function wantsOpenMetrics(accept: string | undefined): boolean {
  for (const { value, parameters } of acceptedBy(accept)) {
    if (value === 'text/plain' || value === 'text/*' || value === '*/*') return false;
    if (value === 'application/openmetrics-text' && (parameters.get('version') ?? '1.0.0') === '1.0.0') return true;
  }
  return false;
}

type Format = PrometheusContentType | OpenMetricsContentType;

/** What prom-client's registry prints; it escapes `sharedLabels` once for all samples that have the same object. */
type PromSample = Sample & { readonly sharedLabels?: Labels };

/**
 * prom-client's own Gauge keeps values between scrapes and prints 0 for one never set, so it gets a bare object instead: of a metric,
 * `metrics()` uses `name`, `type` and `get()` only (lib/registry.js of 15.1.3), which its types do not say. In OpenMetrics it adds `_total`
 * to every sample of a counter.
 */
function register(
  registry: Registry<Format>,
  { name, type, help }: NamedFamily,
  values: readonly PromSample[],
  openMetrics: boolean,
): void {
  const printed = values.filter(({ value }) => Number.isFinite(value));
  if (printed.length === 0) return;
  const family = { name: openMetrics && type === 'counter' ? name.replace(/_total$/, '') : name, type, help, values: printed };
  const metric: unknown = { ...family, get: () => family };
  registry.registerMetric(metric as Metric);
}

type NamedFamily = Pick<Family, 'name' | 'type' | 'help'>;

function targetLabels({ name, labels: { namespace, pod, container } }: TargetState): Labels {
  return {
    target: labelValue(name),
    ...(namespace !== undefined && { namespace: labelValue(namespace) }),
    ...(pod !== undefined && { pod: labelValue(pod) }),
    ...(container !== undefined && { container: labelValue(container) }),
  };
}
