import type { Mapping } from '../../../model/mapping.ts';
import type { Owner } from '../component.ts';
import { type Executable, withoutDeleted } from '../executable.ts';

/**
 * Whose a mapping with something behind it is, by its path, or `undefined` for an anonymous one. Paths are hostile: they choose a component
 * here and nothing else. The executable comes first: one that runs from a memfd has a path like shared memory's.
 */
export function byPath(
  mapping: Mapping,
  executable: Executable | undefined,
  tmpfsDevices: ReadonlySet<string>,
  code: ReadonlySet<string>,
): Owner | undefined {
  const { path } = mapping;
  if (path === '' || path.startsWith('[')) return undefined;
  if (executable?.owns(mapping)) return 'exe';
  if (isPrivateZero(mapping)) return 'native_mmap';
  if (isSharedMemory(mapping, tmpfsDevices)) return 'shmem';
  if (isKernels(path)) return 'kernel_mappings';
  return isLibrary(path) || code.has(path) ? 'shared_libraries' : 'mapped_files';
}

/** memfd_create(2), anonymous shared memory (shmem_zero_setup in mm/shmem.c calls it /dev/zero), System V's, POSIX's, files on tmpfs. */
function isSharedMemory({ path, device }: Mapping, tmpfsDevices: ReadonlySet<string>): boolean {
  if (path.startsWith('/memfd:') || path.startsWith('/SYSV') || path.startsWith('/dev/shm/')) return true;
  return path === '/dev/zero' || path === '/dev/zero (deleted)' || tmpfsDevices.has(device);
}

/** What MAP_ANONYMOUS was before it was a flag: the kernel makes it anonymous, and its path stays (mmap_zero in drivers/char/mem.c). */
function isPrivateZero({ path, permissions }: Mapping): boolean {
  return path === '/dev/zero' && permissions[3] === 'p';
}

/** Rings, perf buffers, devices: pages of the kernel's or of a driver's. */
function isKernels(path: string): boolean {
  return path.startsWith('anon_inode:') || path.startsWith('/anon_inode:') || path.startsWith('socket:[') || path.startsWith('/dev/');
}

/** `libc.so.6`, `plugin.so`, `ld-linux-x86-64.so.2`. */
function isLibrary(path: string): boolean {
  const name = withoutDeleted(path.slice(path.lastIndexOf('/') + 1));
  return name.endsWith('.so') || name.includes('.so.');
}

/**
 * Devices known for tmpfs: those of the mount table, where it was read, and that of every mapping below /dev/shm. maps spells a device with
 * two digits of minor at least, /proc/PID/mountinfo in decimal: whoever fills `tmpfsDevices` translates.
 */
export function tmpfsDevicesOf(mappings: readonly Mapping[], mounted: readonly string[]): ReadonlySet<string> {
  const devices = new Set(mounted);
  for (const { path, device } of mappings) if (path.startsWith('/dev/shm/')) devices.add(device);
  return devices;
}

/** Files of which some part is mapped executable: libraries, however they are called. */
export function codeFiles(mappings: readonly Mapping[]): ReadonlySet<string> {
  const code = new Set<string>();
  for (const { path, permissions } of mappings) if (permissions[2] === 'x' && path.startsWith('/')) code.add(path);
  return code;
}
