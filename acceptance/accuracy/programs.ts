import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { answer, type Child, freePort, startChild } from '../../scripts/child.ts';
import type { locate } from '../../test/programs.ts';
import type { Request } from './load.ts';
import { stores } from './stores.ts';

/** A program of Debian's that nobody here wrote: how to run it, and what keeps it busy. */
export interface Program {
  readonly name: Parameters<typeof locate>[0];
  /** It maps memory past the Go runtime: looked at with memory reads as well. */
  readonly mapsMemory?: boolean;
  /** Runs in `folder`, which is its own, on `port` and, where it needs a second one, `other`. */
  readonly run: (place: Place) => {
    readonly args: readonly string[];
    /** Texts of files to write into the folder first. */
    readonly files?: Readonly<Record<string, string>>;
    readonly environment?: NodeJS.ProcessEnv;
    /** Where to start it, seen from its executable; by default where this process is. */
    readonly directory?: string;
    readonly ready: string;
    readonly pprof: string;
  };
  /** The nth request, to `port`. */
  readonly load: (count: number) => Request;
}

interface Place {
  readonly folder: string;
  readonly port: number;
  readonly other: number;
}

/** A program under way. */
export interface RunningProgram extends Child {
  readonly address: string;
  readonly pprof: string;
}

const promQueries = [
  '/metrics',
  '/api/v1/query?query=count%20by%20(__name__)%20(%7B__name__%3D~%22.%2B%22%7D)',
  '/api/v1/query_range?query=rate(%7B__name__%3D~%22prometheus_.%2B_total%22%7D%5B30s%5D)&start=TIME-60&end=TIME&step=1',
  '/federate?match%5B%5D=%7B__name__%3D~%22.%2B%22%7D',
];

function prometheus(name: 'prometheus' | 'prometheus-2.53' | 'prometheus-3.5'): Program {
  return {
    name,
    run: ({ folder, port }) => ({
      files: {
        'prometheus.yml': `global: { scrape_interval: 1s }
scrape_configs: [{ job_name: self, static_configs: [{ targets: ["127.0.0.1:${port}"] }] }]
`,
      },
      args: [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=127.0.0.1:${port}`],
      ready: '/-/ready',
      pprof: `http://127.0.0.1:${port}/debug/pprof`,
    }),
    load: (count) => {
      const now = Math.floor(Date.now() / 1000);
      const path = (promQueries[count % promQueries.length] ?? '/metrics').replaceAll('TIME-60', String(now - 60));
      return { path: path.replaceAll('TIME', String(now)) };
    },
  };
}

/** What is measured beside the lab. */
export const programs: readonly Program[] = [
  prometheus('prometheus'),
  prometheus('prometheus-2.53'),
  prometheus('prometheus-3.5'),
  {
    name: 'etcd',
    run: ({ folder, port, other }) => ({
      args: [
        `--data-dir=${folder}/data`,
        `--listen-client-urls=http://127.0.0.1:${port}`,
        `--advertise-client-urls=http://127.0.0.1:${port}`,
        `--listen-peer-urls=http://127.0.0.1:${other}`,
        `--initial-advertise-peer-urls=http://127.0.0.1:${other}`,
        `--initial-cluster=default=http://127.0.0.1:${other}`,
        '--enable-pprof',
        '--log-level=error',
      ],
      ready: '/health',
      pprof: `http://127.0.0.1:${port}/debug/pprof`,
    }),
    load: (count) => {
      const key = Buffer.from(`key-${count % 20_000}`).toString('base64');
      if (count % 4 === 0) return { path: '/v3/kv/range', body: JSON.stringify({ key }) };
      return { path: '/v3/kv/put', body: JSON.stringify({ key, value: Buffer.alloc(2048, count).toString('base64') }) };
    },
  },
  {
    name: 'caddy',
    run: ({ folder, port, other }) => ({
      files: {
        'caddy.json': JSON.stringify({
          admin: { listen: `127.0.0.1:${other}` },
          logging: { logs: { default: { level: 'ERROR' } } },
          apps: {
            http: {
              servers: {
                site: {
                  listen: [`127.0.0.1:${port}`],
                  automatic_https: { disable: true },
                  routes: [
                    {
                      handle: [
                        { handler: 'encode', encodings: { gzip: {} } },
                        { handler: 'file_server', root: folder },
                      ],
                    },
                  ],
                },
              },
            },
          },
        }),
        'index.html': '<p>A page that is worth compressing.</p>\n'.repeat(5000),
      },
      args: ['run', '--config', `${folder}/caddy.json`],
      environment: { HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
      ready: '/',
      pprof: `http://127.0.0.1:${other}/debug/pprof`,
    }),
    load: () => ({ path: '/' }),
  },
  {
    name: 'node-exporter',
    run: ({ port }) => ({
      args: [`--web.listen-address=127.0.0.1:${port}`, '--log.level=error'],
      ready: '/metrics',
      pprof: `http://127.0.0.1:${port}/debug/pprof`,
    }),
    load: () => ({ path: '/metrics' }),
  },
  {
    name: 'alertmanager',
    run: ({ folder, port }) => ({
      directory: '../share/prometheus/alertmanager', // its templates: scripts/toolchain.sh says why
      files: { 'alertmanager.yml': 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n' },
      args: [
        `--config.file=${folder}/alertmanager.yml`,
        `--storage.path=${folder}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=',
        '--log.level=error',
      ],
      ready: '/-/ready',
      pprof: `http://127.0.0.1:${port}/debug/pprof`,
    }),
    load: (count) => {
      if (count % 5 === 0) return { path: '/api/v2/alerts' };
      const alert = (index: number) => ({ labels: { alertname: 'load', number: String((count * 20 + index) % 3000) } });
      return { path: '/api/v2/alerts', body: JSON.stringify(Array.from({ length: 20 }, (_, index) => alert(index))) };
    },
  },
  ...stores,
];

/** Starts a program on free loopback ports in a folder of its own, which `stop` removes. Resolves when it is ready. */
export async function startProgram(program: Program, path: string): Promise<RunningProgram> {
  const folder = mkdtempSync(join(tmpdir(), 'memgap-accuracy-'));
  const [port, other] = [await freePort(), await freePort()];
  const { args, files = {}, environment = {}, directory = process.cwd(), ready, pprof } = program.run({ folder, port, other });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  let child: Child | undefined;
  const stop = async () => {
    await child?.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    child = await startChild(program.name, 'env', ['-C', resolve(dirname(path), directory), path, ...args], environment);
    await answer(child, `http://127.0.0.1:${port}${ready}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...child, address: `127.0.0.1:${port}`, pprof, stop };
}
