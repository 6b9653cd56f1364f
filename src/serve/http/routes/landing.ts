import type { FastifyInstance } from 'fastify';
import type { TargetState } from '../../../causes/state.ts';
import type { Reading } from '../../../model/reading.ts';
import { type Bytes, formatBytes } from '../../../model/units.ts';
import { escapeHtml, podName } from '../../../untrusted.ts';
import { answer, types } from '../answer.ts';
import type { Deps } from '../deps.ts';
import { explainLink, htmlPage } from '../html.ts';

/** `/`: what runs here, its targets, and where to go from here. Not there when the metrics took its path. */
export function landingRoute(app: FastifyInstance, deps: Deps): void {
  if (deps.telemetryPath === '/') return;
  app.get('/', async (request, reply) => answer(request, reply, { type: types.html, body: htmlPage('memgap', landing(deps)) }));
}

function landing({ targets, self, telemetryPath }: Deps): string {
  const states = targets.all();
  const pods = new Set(states.flatMap(({ ownPod }) => (ownPod === undefined ? [] : [podName(ownPod)])));
  return `<h1>memgap: where the memory of a Go container goes</h1>
<p class="dim">${[`version ${self.version}`, `revision ${self.revision}`, ...[...pods].map((pod) => `pod ${pod}`)].map(escapeHtml).join(', ')}</p>
<table>
<caption>Targets</caption>
<thead><tr><th scope="col">target</th><th scope="col">condition</th><th scope="col" class="size">container</th><th scope="col" class="size">resident</th><th scope="col" class="size">used by Go</th></tr></thead>
<tbody>
${states.map(row).join('\n')}
</tbody>
</table>
<h2>Pages</h2>
<ul>
<li><a href="${escapeHtml(telemetryPath.slice(1))}">Metrics</a> of all targets, for Prometheus; of one at <code>probe?target=NAME</code></li>
<li><a href="explain">Explanation</a> of one target, for people: <code>curl</code> gets text, a browser a page</li>
<li><a href="api/v1/targets">Targets</a> and, at <code>api/v1/ledger?target=NAME</code>, a ledger, in JSON</li>
</ul>`;
}

function row({ name, condition, ledger }: TargetState): string {
  const usage = size(ledger?.cgroup, ({ total }) => total);
  const rss = size(ledger?.rss, ({ total }) => total);
  const used = size(ledger?.go, ({ used }) => used);
  return `<tr><th scope="row"><a href="${explainLink(name)}">${escapeHtml(name)}</a></th><td class="${condition}">${condition}</td>${usage}${rss}${used}</tr>`;
}

function size<T>(reading: Reading<T> | undefined, read: (value: T) => Bytes): string {
  return `<td class="size">${reading?.ok ? formatBytes(read(reading.value)) : 'not known'}</td>`;
}
