import { execFile } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startChild } from '../../scripts/child.ts';
import { limits, pods, position } from '../containers/daemonset.ts';
import type { Parts } from './parts.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

/** Where mke2fs is, also for a user whose PATH does not name it. */
const environment = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };

/**
 * In milliseconds, below the runner's own half an hour: whatever runs longer hangs. 95 s were seen with two
 * CPUs to itself, 440 s where six times as much wanted to run.
 */
const usualDeadline = 20 * 60_000;

/** A job other than that of guest/main.ts. */
export interface OtherJob {
  /** Changes the root before it becomes a disk: what runs is job/main.ts. */
  readonly stage: (folder: string) => void;
  /** In the words of mke2fs. */
  readonly diskSize: string;
  /** In milliseconds. */
  readonly deadline: number;
}

/** What came of the job that ran in the machine. */
export interface Results {
  /** JSON that the job kept. */
  read<T>(path: string): T;
  /** A line that PID 1 kept. */
  line(path: string): string;
  /** Names of the files that the job kept in a folder. */
  names(folder: string): readonly string[];
  /** How long it all took, in seconds; `boot` and `job` by the machine's own clock. */
  readonly seconds: { readonly image: number; readonly boot: number; readonly job: number; readonly whole: number };
}

/** Makes a disk, boots it, waits until the machine has switched itself off, and reads what it left; nothing stays behind. */
export async function runMachine(parts: Parts, other?: OtherJob): Promise<Results> {
  const folder = machineFolder();
  const begin = performance.now();
  await makeDisks(parts, folder, other);
  const made = performance.now();
  await boot(parts, folder, other?.deadline ?? usualDeadline);
  const kept = join(folder, 'out');
  mkdirSync(kept);
  await run('tar', ['-x', '-f', join(folder, 'out.img'), '-C', kept]);
  const line = (path: string) => readFileSync(join(kept, path), 'utf8').trim();
  return {
    read: (path) => JSON.parse(line(path)),
    line,

    names: (path) => (readdirSync(kept).includes(path) ? readdirSync(join(kept, path)) : []),
    seconds: {
      image: (made - begin) / 1000,
      boot: Number(line('booted')),
      job: Number(line('done')) - Number(line('booted')),
      whole: (performance.now() - begin) / 1000,
    },
  };
}

/** A scratch folder that is gone after this process; sweeps away what others left that a signal ended: their `exit` never came. */
export function machineFolder(): string {
  for (const name of readdirSync(tmpdir())) {
    const [, maker] = /^memgap-vm-(\d+)-/.exec(name) ?? [];
    if (maker === undefined || existsSync(`/proc/${maker}`)) continue;
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // another user's: theirs to sweep
    }
  }
  const folder = mkdtempSync(join(tmpdir(), `memgap-vm-${process.pid}-`));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The root as an ext4 image, a small initrd that can find it, and an empty disk for the answer. No root is needed for any of it. */
async function makeDisks(parts: Parts, folder: string, other: OtherJob | undefined): Promise<void> {
  const before = process.umask(0o022); // what another user in the machine must be able to read
  await stage(parts, join(folder, 'root'));
  other?.stage(join(folder, 'root'));
  await makeInitrd(parts, join(folder, 'initrd'));
  process.umask(before);
  const image = [
    '-q',
    '-t',
    'ext4',
    '-O',
    '^has_journal',
    '-E',
    'root_owner=0:0',
    '-d',
    join(folder, 'root'),
    join(folder, 'root.img'),
    other?.diskSize ?? '1G',
  ];
  await run('mke2fs', image, { env: environment });
  rmSync(join(folder, 'root'), { recursive: true });
  writeFileSync(join(folder, 'out.img'), '');
  truncateSync(join(folder, 'out.img'), 64 * 1024 ** 2);
}

async function stage({ base, node, labs }: Parts, to: string): Promise<void> {
  const folders = ['proc', 'sys', 'dev', 'run', 'out', 'tmp', 'data', 'etc', 'opt/memgap', 'images/pause/bin'];
  for (const each of folders) mkdirSync(join(to, each), { recursive: true });
  for (const each of ['bin', 'lib', 'lib64', 'usr']) cpSync(join(base, each), join(to, each), { recursive: true, verbatimSymlinks: true });
  rmSync(join(to, 'usr/share'), { recursive: true, force: true });
  cpSync(join(base, 'bin/busybox'), join(to, 'images/pause/bin/busybox'));
  for (const [name, path] of Object.entries(labs)) cpSync(path, join(to, 'images', name, 'lab'));

  // memgap as the last stage of the Dockerfile has it; its container sees no more of this root than that has
  cpSync(node, join(to, 'usr/bin/node'));
  await run(process.execPath, [join(root, 'scripts/build.mjs'), join(root, 'src/main.ts'), join(to, 'opt/memgap/memgap.cjs')]);
  const [, entrypoint = ''] = /^ENTRYPOINT (\[.*\])$/m.exec(readFileSync(join(root, 'Dockerfile'), 'utf8')) ?? [];

  cpSync(join(import.meta.dirname, 'guest'), join(to, 'job'), { recursive: true });
  writeFileSync(join(to, 'job/package.json'), '{ "type": "module" }');
  writeFileSync(join(to, 'job/entrypoint.json'), entrypoint);
  writeFileSync(join(to, 'job/daemonset.json'), JSON.stringify({ position, pods, limits }));
  copyProgram('init.sh', join(to, 'init'));
}

async function makeInitrd({ base, diskModule }: Parts, file: string): Promise<void> {
  const busybox = join(base, 'bin/busybox');
  const folder = `${file}.d`;
  for (const each of ['bin', 'dev', 'root']) mkdirSync(join(folder, each), { recursive: true });
  cpSync(busybox, join(folder, 'bin/busybox'));
  copyProgram('init-disk.sh', join(folder, 'init'));
  await run('sh', [
    '-c',
    '"$1" unxz -c "$2" >"$3/virtio_blk.ko" && cd "$3" && find . | "$1" cpio -o -H newc >"$4"',
    'sh',
    busybox,
    diskModule,
    folder,
    file,
  ]);
}

function copyProgram(name: string, to: string): void {
  cpSync(join(import.meta.dirname, name), to);
  chmodSync(to, 0o755);
}

/** QEMU's own emulation: nested virtualization is rarely to be had. No network at all. */
async function boot({ qemu, kernel }: Parts, folder: string, deadline: number): Promise<void> {
  const disk = (id: string, file: string) => [
    ...['-drive', `file=${join(folder, file)},format=raw,if=none,cache=unsafe,id=${id}`],
    ...['-device', `virtio-blk-pci,drive=${id}`],
  ];
  const child = await startChild('qemu', qemu, [
    ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-serial', 'stdio'],
    ...['-M', 'pc', '-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '2048'],
    ...['-kernel', kernel, '-initrd', join(folder, 'initrd'), '-append', 'console=ttyS0 panic=-1 quiet'],
    ...disk('root', 'root.img'),
    ...disk('out', 'out.img'),
  ]);
  const timer = setTimeout(() => void child.stop(), deadline);
  const how = await child.end;
  clearTimeout(timer);
  const wrote = readFileSync(join(folder, 'out.img'))
    .subarray(0, 512)
    .some((byte) => byte !== 0);
  if (how !== 'exit code 0' || !wrote) throw new Error([`qemu: ${how}`, ...child.lines()].join('\n  '));
}
