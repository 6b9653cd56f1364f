import { spawnSync } from 'node:child_process';
import type { Bench } from './bench.ts';
import { spreadOf } from './statistics.ts';
import { number } from './table.ts';
import { shipped } from './variants.ts';

const runs = 5;

/** What serve needs of node whatever it watches. */
const needed = ['net', 'http', 'child_process', 'zlib'];

/** What else packages or memgap's own files would load, used or not, and how each is done without. */
const without = {
  http2: "undici's, left out of the bundle",
  crypto: 'loaded for a tls_config, a secret on a remote file system, a long name',
  'crypto tls': 'loaded for https and a tls_config',
  assert: 'in its place one line that loads it when something is wrong',
  worker_threads: "pino's and undici's, left out",
  perf_hooks: 'performance.now() loads it all the same',
  readline: 'of loadtest alone, which is in the other program',
};

/** RssAnon and CPU of node's own modules, with the flags that ship: those that memgap does without. */
export const modules: Bench = async ({ nodes, say }) => {
  const rows = nodes.flatMap((node) => {
    say(`${node.version}: ${runs} starts of each`);
    const base = cost(node.command, needed);
    return Object.entries(without).map(([names, how]) => {
      const { anon, cpu } = cost(node.command, [...needed, ...names.split(' ')]);
      return [`${node.version} ${names}`, number(anon - base.anon), number(cpu - base.cpu), how];
    });
  });
  return [
    {
      title: "Node's modules that memgap does without",
      columns: ['node, modules', 'RssAnon MiB', 'CPU ms', 'how'],
      rows,
      notes: [
        `Medians of ${runs} starts of an idle node that has loaded ${needed.join(', ')} and these, less those of one that has not, with the launcher's flags: by them V8 refuses the code ` +
          'that node has of its own modules (all but --max-semi-space-size), so that each is compiled.',
      ],
    },
  ];
};

/** Medians, in MiB and milliseconds. */
function cost(command: string, names: readonly string[]): { readonly anon: number; readonly cpu: number } {
  const script = `${names.map((name) => `require('${name}');`).join('')}
    const { user, system } = process.cpuUsage();
    setTimeout(() => console.log(require('fs').readFileSync('/proc/self/status', 'utf8').match(/RssAnon:\\s+(\\d+)/)[1], user + system), 100);`;
  const seen = Array.from({ length: runs }, () => {
    const { stdout } = spawnSync(command, [...shipped.flags, '-e', script], {
      encoding: 'utf8',
      env: { ...process.env, ...shipped.environment },
    });
    return stdout.trim().split(' ').map(Number);
  });
  const [anon, cpu] = [0, 1].map((index) => spreadOf(seen.map((each) => each[index] ?? Number.NaN)).median);
  return { anon: (anon ?? Number.NaN) / 1024, cpu: (cpu ?? Number.NaN) / 1000 };
}
