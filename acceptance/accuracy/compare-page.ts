import { type ReadFamily, readExposition } from '../../test/serve/metrics/exposition.ts';
import type { Observation } from './observe.ts';

/** Where a page of metrics and the ledger of the same look do not say the same about resident memory; pure. */
export function differences(page: string, { rss, go }: Observation): readonly string[] {
  const families = readExposition(page, 'text');
  const told: string[] = [];
  for (const [name, expected] of [
    ['memgap_rss_mapped_bytes', rss?.total],
    ['memgap_rss_unattributed_bytes', rss?.unattributed],
    ['memgap_rss_attribution_error_ratio', rss?.score],
    ['memgap_rss_by_elimination_bytes', rss?.by_elimination],
    ['memgap_go_not_resident_bytes', go?.not_resident],
    ['memgap_go_released_resident_max_bytes', rss?.released_resident?.ceiling],
  ] as const) {
    const actual = families.get(name)?.samples[0]?.value;
    if (actual !== expected) told.push(`${name} is ${actual ?? 'not there'} on the page, ${expected ?? 'not there'} in the ledger`);
  }
  const components = rss?.components && { ...rss.components, unattributed: rss.unattributed };
  told.push(...differing(families, 'memgap_rss_component_bytes', 'component', components));
  told.push(...differing(families, 'memgap_rss_kind_bytes', 'kind', rss?.kinds));
  return told;
}

function differing(
  families: ReadonlyMap<string, ReadFamily>,
  name: string,
  label: string,
  expected: Readonly<Record<string, number | undefined>> = {},
): readonly string[] {
  const samples = families.get(name)?.samples ?? [];
  const actual = new Map(samples.map(({ labels, value }) => [labels[label] ?? '', value]));
  return [...new Set([...Object.keys(expected), ...actual.keys()])].flatMap((each) => {
    const [there, here] = [actual.get(each), expected[each]];
    if (there === here) return [];
    return [`${name}{${label}="${each}"} is ${there ?? 'not there'} on the page, ${here ?? 'not there'} in the ledger`];
  });
}
