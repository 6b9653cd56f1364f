import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { answer, type Child, freePort, startChild } from '../scripts/child.ts';
import { found, missing, type Reading } from '../src/model/reading.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/** The folder of what was fetched and built. */
export const cache = process.env.MEMGAP_CACHE ?? join(root, '.cache');

/** Where scripts/toolchain.sh puts a real program. */
const programs = {
  prometheus: 'debian/prometheus/usr/bin/prometheus',
  promtool: 'debian/prometheus/usr/bin/promtool',
  'process-exporter': 'debian/exporters/usr/bin/prometheus-process-exporter',
  'node-exporter': 'debian/exporters/usr/bin/prometheus-node-exporter',
  'prometheus-2.53': 'debian/prometheus-2.53/usr/bin/prometheus',
  'prometheus-3.5': 'debian/prometheus-3.5/usr/bin/prometheus',
  'promtool-3.5': 'debian/prometheus-3.5/usr/bin/promtool',
  etcd: 'debian/etcd/usr/bin/etcd',
  caddy: 'debian/caddy/usr/bin/caddy',
  alertmanager: 'debian/alertmanager/usr/bin/prometheus-alertmanager',
  influxdb: 'debian/influxdb/usr/bin/influxd',
  mtail: 'debian/mtail/usr/bin/mtail',
  'victoria-metrics': 'debian/victoria-metrics/usr/bin/victoria-metrics',
  jemalloc: 'debian/jemalloc/usr/lib/x86_64-linux-gnu/libjemalloc.so.2',
  kubectl: 'debian/kubectl/usr/bin/kubectl',
  cc: 'debian/cc/bin/cc',
} as const;

/** The Go releases that scripts/lab.sh can build the lab with; the newest of them is 1.27 or later. */
export const releases = ['go1.19', 'go1.22', 'go1.24', 'go1.25', 'go1.26', 'go-newest'] as const;

/** Builds as distributions and hardened images make them: position-independent, without symbols. A few leaks each are enough. */
export const shippedLabs = ['go1.19-pie', 'go1.19-stripped', 'go-newest-pie', 'go-newest-stripped'] as const;

/** A build of the lab; that with musl is made by hand, for a recording (scripts/recordings.ts). */
export type LabName = `${(typeof releases)[number]}-${'pure' | 'cgo'}` | (typeof shippedLabs)[number] | 'go-newest-musl';

/** The labs that every test machine has: with the oldest and the newest Go. */
export const labs = ['go1.19-pure', 'go1.19-cgo', 'go-newest-pure', 'go-newest-cgo'] as const satisfies readonly LabName[];

/** The path of a program in the cache; else a detail fit for `t.skip`. */
export function locate(name: keyof typeof programs): Reading<string> {
  return inCache(programs[name], `${name} is not in the cache, run: make toolchain`);
}

/** The path of a built lab; else a detail fit for `t.skip`. */
export function locateLab(name: LabName): Reading<string> {
  return inCache(`lab/${name}/lab`, `the lab ${name} is not built, run: scripts/lab.sh ${name.replace(/-(pure|cgo)$/, '')}`);
}

/** The path of the hostile program (test/hostile); else a detail fit for `t.skip`. */
export function locateHostile(): Reading<string> {
  return inCache('hostile/hostile', 'the hostile program is not built, run: scripts/hostile.sh');
}

function inCache(path: string, otherwise: string): Reading<string> {
  const whole = join(cache, path);
  return existsSync(whole) ? found(whole) : missing('not-found', otherwise);
}

/** A running lab (test/lab/main.go says what it does on request). */
export interface Lab extends Child {
  /** `127.0.0.1:PORT`, or the socket's path. */
  readonly address: string;
  /** Moves its memory: `ask('/grow?mib=30')`. Resolves when it is done; for a lab on TCP. */
  ask(path: string): Promise<void>;
}

/** Starts a lab on a free loopback port, or on `unix:PATH`. Stop it in the test's `after`. */
export async function startLab(path: string, listen = '127.0.0.1:0', environment: NodeJS.ProcessEnv = {}): Promise<Lab> {
  const child = await startChild('lab', path, ['-listen', listen], environment);
  const address = await addressOf(child);
  return { ...child, address, ask: (request) => ask(`http://${address}${request}`) };
}

async function addressOf(child: Child): Promise<string> {
  while (child.ended() === undefined) {
    const [, address] = /^ready \d+ (.+)$/m.exec(child.lines().join('\n')) ?? [];
    if (address !== undefined) return address;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`lab: ${child.ended()}\n${child.lines().join('\n')}`);
}

async function ask(url: string): Promise<void> {
  const response = await fetch(url);
  const body = await response.text();
  if (body !== 'ok\n') throw new Error(`${url}: ${response.status} ${body}`);
}

/** A running Prometheus and where it answers. */
export interface Prometheus extends Child {
  readonly port: number;
  readonly url: string;
}

/**
 * Starts a Prometheus on a free loopback port with its data in a folder of its own, which `stop` removes. `config` makes the text of
 * prometheus.yml from its port, so that it can scrape itself. Resolves when it is ready.
 */
export async function startPrometheus(path: string, config: (port: number) => string): Promise<Prometheus> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'memgap-prometheus-'));
  writeFileSync(join(folder, 'prometheus.yml'), config(port));
  const assets = join(dirname(path), '../share/prometheus/web/'); // Debian's takes its web page from a folder, by default the system's
  const child = await startChild('prometheus', path, [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--web.enable-lifecycle',
    ...(existsSync(assets) ? [`--web.local-assets=${assets}`] : []),
  ]);
  const stop = async () => {
    await child.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await answer(child, `${url}/-/ready`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...child, port, url, stop };
}
