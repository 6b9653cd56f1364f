import { answer, type Child, freePort, startChild } from '../scripts/child.ts';
import { locate, startPrometheus } from '../test/programs.ts';
import type { Bench } from './bench.ts';
import { timedGet } from './http.ts';
import { startMemgap } from './memgap.ts';
import { withRunning } from './running.ts';
import { mebibytes, number, shown, times } from './table.ts';
import { bare, shipped } from './variants.ts';
import { watchAll } from './watch.ts';

/** A program that is scraped each second. */
interface Peer {
  readonly label: string;
  readonly child: Child;
  readonly url: string;
}

/** memgap beside Debian's exporters, all of them watching the same Prometheus. */
export const peers: Bench = async ({ installation, nodes, say }) => {
  const title = "Beside Debian's exporters";
  const prometheus = locate('prometheus');
  if (!prometheus.ok) return [{ title, columns: [], rows: [], notes: [`Skipped: ${prometheus.detail}`] }];
  const notes = [
    'Everything watches one Prometheus and is scraped once a second, which is when the exporters read; memgap polls once a second. CPU: of a scrape, ' +
      'with the poll that goes with it. process-exporter reads all smaps of its process and each thread, memgap reads the Go runtime’s numbers twice, status, ' +
      'the cgroup, and smaps each 15 s. node_exporter reads the machine, not the process.',
  ];

  const rows = await withRunning(async (keep) => {
    const watched = keep(await startPrometheus(prometheus.value, (port) => prometheusYml(port)));
    const all: Peer[] = [];
    for (const name of ['process-exporter', 'node-exporter'] as const) {
      const program = locate(name);
      if (!program.ok) {
        notes.push(`Skipped: ${program.detail}`);
        continue;
      }
      const port = await freePort();
      const own = name === 'process-exporter' ? ['-procnames', 'prometheus'] : [];
      const listen = `${own.length > 0 ? '-' : '--'}web.listen-address=127.0.0.1:${port}`;
      const child = keep(await startChild(name, program.value, [...own, listen]));
      const url = `http://127.0.0.1:${port}/metrics`;
      await answer(child, url);
      all.push({ label: name, child, url });
    }
    const target = { name: 'prometheus', go: { pprof: `${watched.url}/debug/pprof` }, process: { pid: watched.pid } };
    for (const node of nodes) {
      for (const variant of [shipped, bare]) {
        const memgap = keep(await startMemgap({ installation, node, variant, interval: '1s', targets: [target] }));
        all.push({ label: `memgap ${variant.label}, ${node.version}`, child: memgap, url: `${memgap.url}/metrics` });
      }
    }
    const plan = { settle: 15, window: 10, windows: 5 };
    say(`${all.map(({ label }) => label).join(', ')}: scraped each second for ${plan.settle + plan.window * plan.windows} s`);
    const scraping = setInterval(() => void scrapeAll(all), 1000);
    const found = await watchAll(
      all.map(({ child }) => child.pid),
      plan,
    ).finally(() => clearInterval(scraping));
    const baseline = found[0];
    return Promise.all(
      all.map(async ({ label, url }, index) => {
        const own = found[index];
        if (own === undefined || baseline === undefined) return [label];
        const series = (await timedGet(url)).body
          .toString()
          .split('\n')
          .filter((line) => /^[a-z]/.test(line)).length;
        return [
          label,
          shown(own.cpu),
          times(own.meanCpu, baseline.meanCpu),
          mebibytes(own.held.anon),
          mebibytes(own.held.rss),
          mebibytes(own.held.peak),
          number(series),
        ];
      }),
    );
  });
  return [{ title, columns: ['program', 'CPU ms/scrape', 'to the first', 'RssAnon MiB', 'RSS MiB', 'peak MiB', 'series'], rows, notes }];
};

async function scrapeAll(all: readonly Peer[]): Promise<void> {
  for (const { url } of all) await timedGet(url, { accept: 'text/plain' }).catch(() => {}); // one that ended shows in watchAll
}

function prometheusYml(port: number): string {
  return `global: { scrape_interval: 5s }\nscrape_configs: [{ job_name: itself, static_configs: [{ targets: ["127.0.0.1:${port}"] }] }]\n`;
}
