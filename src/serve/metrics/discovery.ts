import type { DiscoveryState } from '../../model/discovery.ts';
import { type Family, gaugeOf } from './family.ts';
import type { SelfFigures } from './self.ts';

/** How the discovery does; none of them without `discovery` in the configuration. */
export const discoveryFamilies: ReadonlyArray<Family<SelfFigures>> = [
  gauge('memgap_discovery_targets', 'Processes that the discovery found and memgap watches.', ({ targets }) => targets),
  gauge(
    'memgap_discovery_left_out',
    'Processes that match a rule but are not watched because discovery.max_targets is reached.',
    ({ last }) => last?.leftOut,
  ),
  gauge('memgap_discovery_processes', 'Processes that the last scan of the discovery saw in /proc.', ({ last }) => last?.seen),
  gauge(
    'memgap_discovery_unreadable_processes',
    'Processes among them whose /proc/PID/exe memgap may not read.',
    ({ last }) => last?.unread,
  ),
  gauge(
    'memgap_discovery_duration_seconds',
    'How long the last scan of the discovery took, the API server included.',
    ({ last }) => last?.seconds,
  ),
  gauge(
    'memgap_kubernetes_api_up',
    'Whether the API server answered the last time that memgap asked it for names; absent until it was asked.',
    ({ last }) => (last?.api?.last === undefined ? undefined : Number(last.api.last.ok)),
  ),
  {
    name: 'memgap_kubernetes_api_errors_total',
    type: 'counter',
    help: 'Calls of the API server that failed since memgap started, by reason; from the first error on.',
    labels: ['reason'],
    *values({ discovery }) {
      for (const [reason, value] of discovery?.last?.api?.errors ?? []) yield { labels: { reason }, value };
    },
  },
];

function gauge(name: string, help: string, read: (state: DiscoveryState) => number | undefined): Family<SelfFigures> {
  return gaugeOf(name, help, ({ discovery }) => discovery && read(discovery));
}
