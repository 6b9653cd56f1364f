import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { found, missing, type Reading } from '../../src/model/reading.ts';
import { type Ran, ran } from '../ran.ts';

const root = join(import.meta.dirname, '../..');
const tools = join(process.env.MEMGAP_CACHE ?? join(root, '.cache'), 'debian');
const prefix = 'memgap-host-';
const mounts = '/sys/fs/cgroup';

const namespaces = ['--mount', '--pid', '--net', '--cgroup'];

/** What is needed to run containers here, or the reason for `t.skip` why they can't be. */
export function ability(): Reading<undefined> {
  if (process.getuid?.() !== 0) return missing('denied', 'containers need root here, and this is not');
  for (const program of ['crun/bin/crun', 'podman/bin/podman']) {
    if (!existsSync(join(tools, program))) {
      return missing('not-found', `${program.replace(/.*\//, '')} is not in the cache, run: scripts/toolchain.sh crun podman`);
    }
  }
  if (!existsSync(join(mounts, 'memory/memory.usage_in_bytes'))) {
    return missing('unsupported', 'the memory controller is not on cgroup v1 here (make test-vm runs containers on v2)');
  }
  const { status, stderr } = spawnSync('unshare', [...namespaces, '--fork', 'test', '-w', join(mounts, 'memory/cgroup.procs')], {
    encoding: 'utf8',
  });
  if (status !== 0) return missing('denied', `no namespaces of its own, or no groups, may be made here: unshare: ${stderr}`);
  return found(undefined);
}

/** A host for containers: namespaces within which nothing outlives `stop`, nor this process (host.sh). */
export interface Host {
  /** A scratch folder, gone after `stop`. */
  readonly folder: string;
  /** Runs a command in the host to its end. */
  run(command: string, ...args: readonly string[]): Promise<Ran>;
  /** The same; rejects when it fails. */
  must(command: string, ...args: readonly string[]): Promise<string>;
  /** crun with its state in the scratch folder: what its arguments are put behind. */
  readonly crunCommand: readonly [string, ...string[]];
  /** `podman ARGS`, with its state in the scratch folder. */
  podman(...args: readonly string[]): Promise<string>;
  /** The same, for what it wrote to standard error. */
  podmanErrors(...args: readonly string[]): Promise<string>;
  /** The body of a page as the container with this pid in the host can fetch it, or the host itself if none is given. */
  get(url: string, pid?: number): Promise<string>;
  /** A path below this cgroup of the host, in the memory hierarchy, as this process sees it. */
  cgroup(path: string): string;
  stop(): Promise<void>;
}

/** Starts a host; sweeps away what one left whose maker was killed. */
export async function startHost(): Promise<Host> {
  sweep();
  const group = `${prefix}${process.pid}-${made++}`;
  const folder = mkdtempSync(join(tmpdir(), `${group}-`));
  const child = spawn(join(import.meta.dirname, 'host.sh'), [group], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const ready = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
  let over = false;
  void ended.then(() => {
    over = true;
  });

  async function stop(): Promise<void> {
    child.stdin.end();
    await ended;
    for (let turn = 0; !removeGroups(group) && turn < 50; turn += 1) await sleep(100); // the kernel takes a moment to let go
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }

  await Promise.race([ready, ended]);
  if (over) {
    await stop();
    throw new Error(`host.sh: ${said}`);
  }
  const first = firstProcess(child.pid ?? 0);

  function run(command: string, ...args: readonly string[]): Promise<Ran> {
    return ran('nsenter', ['--target', first, ...namespaces, '--', 'sh', '-c', enter, command, ...args]);
  }

  async function must(command: string, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await run(command, ...args);
    if (code !== 0) throw new Error(`${command} ${args.join(' ')}: exit code ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  const fetcher = 'fetch(process.argv[1]).then(async (r) => { console.log(await r.text()); process.exit(r.ok ? 0 : 1) })';
  const podman = [join(root, 'scripts/podman.sh'), join(folder, 'podman')] as const;
  mkdirSync(join(folder, 'crun'));
  return {
    folder,
    run,
    must,
    crunCommand: [join(tools, 'crun/bin/crun'), '--root', join(folder, 'crun'), '--cgroup-manager', 'cgroupfs'],
    podman: (...args) => must(...podman, ...args),
    podmanErrors: async (...args) => (await run(...podman, ...args)).stderr,
    get: (url, pid) => {
      const where = pid === undefined ? [] : ['nsenter', '--target', String(pid), '--net', '--'];
      const [command = '', ...args] = [...where, process.execPath, '-e', fetcher, url];
      return must(command, ...args);
    },
    cgroup: (path) => join(mounts, 'memory', group, path),
    stop,
  };
}

let made = 0;

/** A process that came in by nsenter is still in the groups that it came from. */
const enter = 'for file in /sys/fs/cgroup/*/cgroup.procs; do echo 0 >$file; done; exec "$0" "$@"';

/** The first process of the host: the child of unshare. */
function firstProcess(unshare: number): string {
  return readFileSync(`/proc/${unshare}/task/${unshare}/children`, 'utf8').trim();
}

/** Removes what hosts left behind whose maker is not alive any more. */
function sweep(): void {
  for (const name of new Set(hierarchies().flatMap(leftIn))) removeGroups(name);
  for (const name of leftIn(tmpdir())) rmSync(join(tmpdir(), name), { recursive: true, force: true });
}

function leftIn(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => {
    const [, maker] = /^memgap-host-(\d+)-/.exec(name) ?? [];
    return maker !== undefined && !existsSync(`/proc/${maker}`);
  });
}

/** Whether it is gone from every hierarchy. */
function removeGroups(name: string): boolean {
  for (const hierarchy of hierarchies()) remove(join(hierarchy, name));
  return !hierarchies().some((hierarchy) => existsSync(join(hierarchy, name)));
}

function hierarchies(): readonly string[] {
  return readdirSync(mounts, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [join(mounts, entry.name)] : []));
}

/** A tree of groups, from the leaves up; one that a process is still in stays. */
function remove(group: string): void {
  try {
    for (const entry of readdirSync(group, { withFileTypes: true })) if (entry.isDirectory()) remove(join(group, entry.name));
    rmdirSync(group);
  } catch {
    // gone already, or not empty yet: the caller looks again
  }
}
