import type { TargetState } from '../../causes/state.ts';
import { labelValue } from '../../untrusted.ts';
import { acceptedBy } from './accept.ts';
import { causeFamilies } from './causes.ts';
import { cgroupFamilies } from './cgroup.ts';
import { type Format, openMetricsEnd, printFamilies } from './exposition.ts';
import type { Family, Labels } from './family.ts';
import { goFamilies } from './go.ts';
import { mappingFamilies } from './mappings.ts';
import { contentTypes, printOwn } from './own.ts';
import { rssFamilies } from './rss.ts';
import type { SelfFigures } from './self.ts';
import { sourceFamilies } from './sources.ts';
import { targetFamilies } from './target.ts';

/** A page of metrics, and how to announce it. */
interface MetricsPage {
  readonly contentType: string;
  readonly body: string;
}

/** What stands on a page: the families of these targets, and memgap's own unless `self` is `undefined`. */
interface PageContent {
  readonly targets: readonly TargetState[];
  readonly self: SelfFigures | undefined;
}

/**
 * The metrics of these snapshots in pieces, none of which is long, however many targets there are; all that they say is settled before the
 * first one. Families without a sample are left out, so a target that is gone takes its series along.
 */
export async function metricsPieces({ targets, self }: PageContent, format: Format): Promise<Iterable<string>> {
  const own = self && (await printOwn(self, format));
  const labeled = targets.map((state) => ({ subject: state, labels: targetLabels(state) }));
  return withOwn(printFamilies(families, labeled, format), own, format);
}

function* withOwn(pieces: Iterable<string>, own: string | undefined, format: Format): Iterable<string> {
  let isEmpty = true;
  for (const piece of pieces) {
    isEmpty &&= piece === '';
    yield piece;
  }
  if (own !== undefined) yield isEmpty || format === 'openmetrics' ? own : `\n${own}`;
  else if (format === 'openmetrics') yield openMetricsEnd;
}

/** A page as one text, for one target, or a few: OpenMetrics where the Accept header wants it more than text. */
export async function metricsPage(content: PageContent, accept: string | undefined): Promise<MetricsPage> {
  const format = formatFor(accept);
  return { contentType: contentTypes[format], body: [...(await metricsPieces(content, format))].join('') };
}

/** The first format that memgap has, in the client's order: Prometheus 2 and 3 list OpenMetrics first, curl and a browser get text. */
export function formatFor(accept: string | undefined): Format {
  for (const { value, parameters } of acceptedBy(accept)) {
    if (value === 'text/plain' || value === 'text/*' || value === '*/*') return 'text';
    if (value === 'application/openmetrics-text' && (parameters.get('version') ?? '1.0.0') === '1.0.0') return 'openmetrics';
  }
  return 'text';
}

function targetLabels({ name, labels: { namespace, pod, container } }: TargetState): Labels {
  return {
    target: labelValue(name),
    ...(namespace !== undefined && { namespace: labelValue(namespace) }),
    ...(pod !== undefined && { pod: labelValue(pod) }),
    ...(container !== undefined && { container: labelValue(container) }),
  };
}

/** Every family of a target, in the order of the page. Adding a metric is adding an entry to one of these lists. */
export const families: readonly Family[] = [
  ...targetFamilies,
  ...goFamilies,
  ...rssFamilies,
  ...mappingFamilies,
  ...cgroupFamilies,
  ...causeFamilies,
  ...sourceFamilies,
];
