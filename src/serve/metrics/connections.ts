import { type Family, gaugeOf, labeled } from './family.ts';
import type { SelfFigures } from './self.ts';

/** How crowded memgap's own address is. */
export const connectionFamilies: ReadonlyArray<Family<SelfFigures>> = [
  gaugeOf(
    'memgap_http_connections',
    'Open connections to memgap, by all its addresses, that of this scrape included.',
    ({ connections }) => connections?.open,
  ),
  gaugeOf(
    'memgap_http_connections_limit',
    'How many connections may stay open: with one more, memgap closes the one that is idle for longest. Less than half of a low limit of open files (ulimit -n).',
    ({ connections }) => connections?.limit,
  ),
  {
    name: 'memgap_http_connections_closed_total',
    type: 'counter',
    help: 'Connections that memgap closed before their client did, by reason: limit, client_share, unread_answers, pipelined, slow_reader, slow_request; from the first on.',
    labels: ['reason'],
    values: ({ connections }) => labeled('reason', Object.fromEntries(connections?.closed ?? [])),
  },
];
