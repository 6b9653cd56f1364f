import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { styleText } from 'node:util';
import { locate, type Prometheus, startPrometheus } from '../test/programs.ts';
import { answer, type Child, freePort, startChild } from './child.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const colors = process.stdout.isTTY && !process.env.NO_COLOR;
const between = 5_000;

/** Prometheus watches itself and memgap; memgap watches Prometheus. */
function prometheusConfig(port: number, memgapPort: number): string {
  return `global:
  scrape_interval: 5s
scrape_configs:
  - job_name: prometheus
    static_configs: [{ targets: ["127.0.0.1:${port}"] }]
  - job_name: memgap
    static_configs: [{ targets: ["127.0.0.1:${memgapPort}"] }]
`;
}

function memgapConfig(prometheus: Prometheus): string {
  return `poll_interval: 5s
targets:
  - name: prometheus
    go:
      pprof: ${prometheus.url}/debug/pprof
      metrics: ${prometheus.url}/metrics
    process: { pid: ${prometheus.pid} }
`;
}

function say(text: string): void {
  console.log(colors ? styleText('bold', text) : text);
}

function urls(memgap: string, prometheus: string): string {
  const expression = encodeURIComponent(
    '{__name__=~"memgap_rss_bytes|memgap_rss_unexplained_bytes|memgap_go_used_bytes|memgap_go_reserved_bytes"}',
  );
  return `
  ${memgap}/                                memgap
  ${memgap}/explain?target=prometheus       the explanation
  ${memgap}/metrics                         what Prometheus scrapes
  ${prometheus}/classic/graph?g0.expr=${expression}&g0.tab=0&g0.range_input=5m
                                                        the same over time, in Prometheus
`;
}

/** Prints explanations until a program ends, the time is over or a signal comes. Returns the program that died, if one did. */
async function show(memgap: Child, url: string, others: readonly Child[], over: AbortSignal): Promise<Child | undefined> {
  const children = [memgap, ...others];
  while (!over.aborted) {
    const text = await answer(memgap, `${url}/explain?target=prometheus`).catch((error: unknown) => String(error));
    const dead = children.find((child) => child.ended() !== undefined);
    if (dead !== undefined || over.aborted) return dead;
    say(`\n── ${new Date().toLocaleTimeString('en-GB')} ── ${url}/ ── Ctrl-C ends it ──`); // the list of URLs has scrolled away
    console.log(text.trimEnd());
    await Promise.race([sleep(between, undefined, { signal: over }).catch(() => {}), ...children.map((child) => child.end)]);
  }
  return undefined;
}

async function demo(over: AbortSignal): Promise<number> {
  const program = locate('prometheus');
  if (!program.ok) throw new Error(program.detail);
  const folder = mkdtempSync(join(tmpdir(), 'memgap-demo-'));
  const running: Child[] = [];
  try {
    const port = await freePort();
    const prometheus = await startPrometheus(program.value, (own) => prometheusConfig(own, port));
    running.push(prometheus);
    if (over.aborted) return 0;
    writeFileSync(join(folder, 'memgap.yml'), memgapConfig(prometheus));
    const address = `127.0.0.1:${port}`;
    const args = ['serve', '--config.file', join(folder, 'memgap.yml'), '--web.listen-address', address];
    const memgap = await startChild('memgap', join(root, 'bin/memgap'), args);
    running.unshift(memgap);
    await answer(memgap, `http://${address}/-/healthy`);

    say(`memgap (pid ${memgap.pid}) watches Debian's Prometheus (pid ${prometheus.pid}), which scrapes itself and memgap:`);
    console.log(urls(`http://${address}`, prometheus.url));
    const dead = await show(memgap, `http://${address}`, [prometheus], over);
    if (dead === undefined) return 0;
    console.error([`demo: ${dead.name} ended (${dead.ended()}). Its last lines:`, ...dead.lines().slice(-15)].join('\n  '));
    return 1;
  } finally {
    for (const child of running) await child.stop();
    rmSync(folder, { recursive: true, force: true });
    if (running.length > 0) say('stopped: Prometheus and memgap are ended, and what they wrote is removed');
  }
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
process.stdout.on('error', () => stop.abort()); // EPIPE: the reader (head, a closed terminal) has gone, and what was started must go too
const seconds = Number(process.env.DEMO_SECONDS);
const timer = seconds > 0 ? setTimeout(() => stop.abort(), seconds * 1000) : undefined;

try {
  process.exitCode = await demo(stop.signal);
} catch (error) {
  console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
clearTimeout(timer);
