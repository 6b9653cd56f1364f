import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const crun = ['--root', '/run/crun', '--cgroup-manager', 'cgroupfs'];

/** Who a container's process is; without capabilities it has none at all, root or not. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
  readonly capabilities?: readonly string[];
}

/** What to start, in a cgroup, a mount and an IPC namespace of its own. The network is the machine's. */
export interface ContainerSpec {
  readonly id: string;
  readonly identity: Identity;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** memory.max, in bytes. */
  readonly limit: number;
  /** The process whose pid namespace it joins; without it the container has its own. */
  readonly joins?: number;
  /** Its cgroup, below the root; one of its own beside the others' unless said. */
  readonly cgroup?: string;
  /** Folders of the machine that it sees, by where it sees them. */
  readonly folders: Readonly<Record<string, { readonly source: string; readonly writable?: boolean }>>;
}

/** A running container. */
export interface Container {
  readonly id: string;
  /** As the machine sees it. */
  readonly pid: number;
  /** As its own pid namespace sees it. */
  readonly ownPid: number;
  /** Its cgroup's folder, as the machine sees it. */
  readonly group: string;
  /** All of its standard output until now. */
  output(): string;
  /** Resolves with the exit code when it has ended and crun has removed its cgroup. */
  readonly end: Promise<number | null>;
  /** Kills it; its cgroup is gone when this resolves. */
  kill(): Promise<void>;
  /** Starts another process in it, which ends with it or by itself. */
  exec(args: readonly string[]): ChildProcess;
}

/** Starts a container by crun, under the rules of Pod Security "restricted" but for the identity: read-only root, no new privileges. */
export async function startContainer(spec: ContainerSpec): Promise<Container> {
  const bundle = `/run/bundles/${spec.id}`;
  const root = `${bundle}/rootfs`;
  rmSync(bundle, { recursive: true, force: true }); // of a container of the same name that has ended
  for (const folder of ['proc', 'dev', 'sys', ...Object.keys(spec.folders)]) mkdirSync(`${root}/${folder}`, { recursive: true });
  chmodSync(root, 0o755);
  const { cgroup = `/pods/${spec.id}` } = spec;
  writeFileSync(`${bundle}/config.json`, JSON.stringify(ociConfig({ ...spec, cgroup })));
  const pidFile = `${bundle}/pid`;
  const child = spawn('crun', [...crun, 'run', '--bundle', bundle, '--pid-file', pidFile, spec.id], { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const end = once(child, 'close').then(([code]): number | null => code);
  let ended = false;
  void end.then(() => {
    ended = true;
  });
  while (!existsSync(pidFile) || readFileSync(pidFile, 'utf8') === '') {
    if (ended) throw new Error(`${spec.id} did not start, exit code ${await end}`);
    await pause(20);
  }
  const pid = Number(readFileSync(pidFile, 'utf8'));
  return {
    id: spec.id,
    pid,
    ownPid: ownPid(pid),
    group: `/sys/fs/cgroup${cgroup}`,
    output: () => output,
    end,
    kill: async () => {
      if (!ended) process.kill(pid, 'SIGKILL');
      await end;
    },
    exec: (args) => spawn('crun', [...crun, 'exec', spec.id, ...args], { stdio: ['pipe', 'pipe', 'inherit'] }),
  };
}

/** Waits so many milliseconds. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** The last of NSpid; 0 for a process that has ended already. */
function ownPid(pid: number): number {
  try {
    const [line = ''] = /^NSpid:.*$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(line.split('\t').at(-1));
  } catch {
    return 0;
  }
}

function ociConfig({ identity, args, environment = {}, limit, joins, folders, cgroup }: ContainerSpec): object {
  const { uid, gid, capabilities = [] } = identity;
  const binds = Object.entries(folders).map(([destination, { source, writable = false }]) => ({
    destination,
    source,
    type: 'bind',
    options: ['bind', writable ? 'rw' : 'ro'],
  }));
  return {
    ociVersion: '1.0.2',
    root: { path: 'rootfs', readonly: true },
    process: {
      user: { uid, gid },
      args,
      cwd: '/',
      env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
      noNewPrivileges: true,
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
      rlimits: [{ type: 'RLIMIT_MEMLOCK', soft: 2 ** 30, hard: 2 ** 30 }],
    },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755', 'size=65536k'] },
      { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=256m'] },
      { destination: '/sys', type: 'bind', source: '/sys', options: ['rbind', 'ro', 'nosuid', 'noexec', 'nodev'] },
      { destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['ro', 'nosuid', 'noexec', 'nodev'] },
      ...binds,
    ],
    linux: {
      cgroupsPath: cgroup,
      namespaces: [
        joins === undefined ? { type: 'pid' } : { type: 'pid', path: `/proc/${joins}/ns/pid` },
        { type: 'mount' },
        { type: 'ipc' },
        { type: 'uts' },
        { type: 'cgroup' },
      ],
      resources: { memory: { limit } },
    },
  };
}
