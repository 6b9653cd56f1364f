import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type Container, type ContainerSpec, type Identity, pause, startContainer } from './container.ts';

export const mib = 1024 ** 2;

/** Limits that tell the groups of one pod apart: whoever reports one of the others has read the wrong group. */
export const limits = { pause: 16 * mib, memgap: 160 * mib };

/** As Pod Security "restricted" has it. */
export const nonroot: Identity = { uid: 65532, gid: 65532 };

const entrypoint: readonly string[] = JSON.parse(readFileSync('/job/entrypoint.json', 'utf8'));

/** The labs that the machine has, by the Go that built them. */
export type LabName = 'go1.19' | 'go-newest';

/** A lab to start. */
interface OperatorSpec {
  readonly id: string;
  readonly lab: LabName;
  readonly port: number;
  readonly limit: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Its file: `lab`, or another copy of it. */
  readonly program?: 'lab' | 'lab-0111' | 'manager';
  readonly identity?: Identity;
  readonly cgroup?: string;
}

/** What a memgap is started with, where that is not what a sidecar has. */
interface Position {
  readonly identity?: Identity;
  readonly args?: readonly string[];
  /** Where it sees the folder of its memgap.yml. */
  readonly config?: string;
  readonly folders?: ContainerSpec['folders'];
  /** The process whose pid namespace it joins. */
  readonly joins?: number;
}

const sidecar: Required<Omit<Position, 'joins'>> = {
  identity: nonroot,
  args: ['serve', '--config.file', '/config/memgap.yml'],
  config: '/config',
  folders: {},
};

/** A running lab in a container. */
export interface Operator extends Container {
  readonly port: number;
  /** Asks the lab to do something, or what it knows: its answer. */
  ask(path: string): Promise<string>;
}

/** What a memgap that ended left behind. */
interface Ended {
  readonly code: number | null;
  readonly stdout: string;
}

/** A running `memgap serve`. */
export interface Serve extends Container {
  get(path: string): Promise<string>;
}

/** Containers that share a pid namespace, which a pause process keeps when the others end. */
export interface Pod {
  operator(spec: OperatorSpec): Promise<Operator>;
  /** Runs memgap to its end beside the operator. */
  memgap(id: string, args: readonly string[], as?: { readonly identity: Identity; readonly shared: boolean }): Promise<Ended>;
  /** Starts `memgap serve` with this memgap.yml, as a sidecar unless said otherwise, and resolves when it answers. */
  serve(id: string, port: number, config: string, position?: Position): Promise<Serve>;
}

/** An empty pod for as long as `use` runs. What is started in it is named after it, and ends with it. */
export async function withPod(name: string, use: (pod: Pod) => Promise<void>): Promise<void> {
  const busybox = { '/bin': { source: '/images/pause/bin' } };
  const pauseArgs = ['/bin/busybox', 'sleep', '100000'];
  const holder = await startContainer({ id: `${name}-pause`, identity: nonroot, args: pauseArgs, limit: limits.pause, folders: busybox });
  const started: Container[] = [];

  async function start(spec: Parameters<typeof startContainer>[0]): Promise<Container> {
    const container = await startContainer(spec);
    started.push(container);
    return container;
  }

  function memgapSpec(id: string, args: readonly string[], identity: Identity, joins: number | undefined) {
    const folders = Object.fromEntries(['usr', 'lib', 'lib64', 'opt'].map((each) => [`/${each}`, { source: `/${each}` }]));
    return {
      id: `${name}-${id}`,
      identity,
      args: [...entrypoint, ...args],
      environment: { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '131072', MALLOC_MMAP_THRESHOLD_: '49152', NODE_ENV: 'production' },
      limit: limits.memgap,
      folders,
      ...(joins !== undefined && { joins }),
    };
  }

  const pod: Pod = {
    async operator({ id, lab, port, limit, environment = {}, program = 'lab', identity = nonroot, cgroup }) {
      const container = await start({
        id: `${name}-${id}`,
        identity,
        ...(cgroup !== undefined && { cgroup }),
        args: [`/images/${program}`, '-listen', `127.0.0.1:${port}`],
        environment: { TMPDIR: '/data', ...environment },
        limit,
        joins: holder.pid,
        folders: { '/images': { source: `/images/${lab}` }, '/data': { source: '/data', writable: true } },
      });
      while (!/^ready /m.test(container.output())) await pause(20);
      return { ...container, port, ask: (path) => get(port, path) };
    },
    async memgap(id, args, { identity, shared } = { identity: nonroot, shared: true }) {
      const container = await start(memgapSpec(id, args, identity, shared ? holder.pid : undefined));
      const code = await container.end;
      return { code, stdout: container.output() };
    },
    async serve(id, port, config, position = {}) {
      const { identity, args, config: at, folders, joins = holder.pid } = { ...sidecar, ...position };
      const folder = `/run/config/${name}-${id}`;
      mkdirSync(folder, { recursive: true });
      writeFileSync(`${folder}/memgap.yml`, config);
      const spec = memgapSpec(id, [...args, '--web.listen-address', `127.0.0.1:${port}`], identity, joins);
      const container = await start({ ...spec, folders: { ...spec.folders, ...folders, [at]: { source: folder } } });
      while ((await get(port, '/-/ready').catch(() => undefined)) === undefined) await pause(100);
      return { ...container, get: (path) => get(port, path) };
    },
  };
  try {
    await use(pod);
  } finally {
    for (const container of [...started.reverse(), holder]) await container.kill();
  }
}

/** The memgap.yml for one operator, polled as often as an emulated machine can: there a poll may take a second. */
export function watching({ port }: Operator): string {
  const pprof = `http://127.0.0.1:${port}/debug/pprof`;
  return `poll_interval: 2s\ntargets: [{ name: operator, go: { pprof: "${pprof}" }, process: { exe: lab } }]\n`;
}

async function get(port: number, path: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { accept: 'text/plain, application/json' } });
  const body = await response.text();
  if (!response.ok) throw new Error(`port ${port} answers ${path} with ${response.status}: ${body.trim()}`);
  return body;
}
