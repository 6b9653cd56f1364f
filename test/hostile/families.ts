import { execFileSync } from 'node:child_process';
import type { Hostile } from './start.ts';

/** A family of the hostile program, and how a target of it is read. */
export interface Family {
  /** As the program has it: `framing/drip`. */
  readonly path: string;
  readonly kind: string;
  readonly name: string;
}

/** A target in the words of the configuration. */
export interface HostileTarget {
  readonly name: string;
  readonly go?: Readonly<Record<string, string>>;
  readonly process?: { readonly pid: number };
}

/** All of them, by the program's own list: none is forgotten. */
export function familiesOf(program: string): readonly Family[] {
  const lines = execFileSync(program, ['list'], { encoding: 'utf8' }).trimEnd().split('\n');
  return lines.map((line) => {
    const [path = ''] = line.split('\t', 1);
    const [kind = '', name = ''] = path.split('/');
    return { path, kind, name };
  });
}

/** The targets of a family: one for each way of reading it. Numbers and profiles are judged together with the process that tells them. */
export function targetsOf({ path, kind }: Family, { address, pid }: Hostile): readonly HostileTarget[] {
  const url = `http://${address}/${path}`;
  switch (kind) {
    case 'process':
      return [{ name: path, process: { pid }, ...(address && { go: { expvar: `http://${address}/debug/vars` } }) }];
    case 'memstats':
      return [
        { name: `${path} expvar`, go: { expvar: `${url}/vars` }, process: { pid } },
        { name: `${path} pprof`, go: { pprof: url }, process: { pid } },
        { name: `${path} metrics`, go: { metrics: `${url}/metrics` }, process: { pid } },
      ];
    case 'profile':
    case 'index':
      return [{ name: path, go: { pprof: url }, process: { pid } }];
    case 'exposition':
      return [{ name: path, go: { metrics: url } }];
    default:
      return [{ name: path, go: { expvar: url } }];
  }
}
