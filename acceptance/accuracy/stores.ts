import type { Request } from './load.ts';
import type { Program } from './programs.ts';

/**
 * Two stores of time series that map memory past the Go runtime, and a program whose N was below 0 in one bracket of an earlier prototype.
 */
export const stores: readonly Program[] = [
  {
    name: 'influxdb', // maps the offsets of each TSM file's index, some 430 KiB a file
    mapsMemory: true,
    run: ({ folder, port, other }) => ({
      files: {
        'influxdb.conf': `reporting-disabled = true
bind-address = "127.0.0.1:${other}"
[meta]
dir = "${folder}/meta"
[data]
dir = "${folder}/data"
wal-dir = "${folder}/wal"
index-version = "tsi1"
[http]
bind-address = "127.0.0.1:${port}"
pprof-enabled = true
log-enabled = false
[logging]
level = "error"
`,
      },
      args: ['-config', `${folder}/influxdb.conf`],
      environment: { HOME: folder },
      ready: '/query?q=CREATE%20DATABASE%20load',
      pprof: `http://127.0.0.1:${port}/debug/pprof`,
    }),
    load: (count) => lines(count, '/query?db=load&q=SELECT%20mean(value)%20FROM%20m1%20GROUP%20BY%20host'),
  },
  {
    name: 'mtail',
    run: ({ folder, port }) => ({
      files: {
        'words.mtail': 'counter lines by word\n/^(?P<word>\\w+)/ {\n  lines[$word]++\n}\n',
        'words.log': Array.from({ length: 5000 }, (_, index) => `word${index} and more\n`).join(''),
      },
      args: [`--progs=${folder}/words.mtail`, `--logs=${folder}/words.log`, `--port=${port}`, '--address=127.0.0.1', `--log_dir=${folder}`],
      ready: '/metrics',
      pprof: `http://127.0.0.1:${port}/debug/pprof`,
    }),
    load: (count) => ({ path: count % 2 === 0 ? '/metrics' : '/json' }),
  },
  {
    name: 'victoria-metrics', // its caches are 64 MiB of mmap each
    mapsMemory: true,
    run: ({ folder, port }) => ({
      args: [`-storageDataPath=${folder}/data`, `-httpListenAddr=127.0.0.1:${port}`, '-loggerLevel=ERROR', '-memory.allowedBytes=128MB'],
      ready: '/health',
      pprof: `http://127.0.0.1:${port}/debug/pprof`,
    }),
    load: (count) => lines(count, '/prometheus/api/v1/query?query=count(m1_value)'),
  },
];

/** 500 points of 3000 series, as both stores take them; every tenth time a query. */
function lines(count: number, query: string): Request {
  if (count % 10 === 0) return { path: query };
  const points = Array.from({ length: 500 }, (_, index) => `m${index % 50},host=h${(index * 7 + count) % 3000} value=${index}`);
  return { path: '/write?db=load', body: points.join('\n') };
}
