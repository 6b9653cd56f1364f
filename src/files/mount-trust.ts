import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { type Mount, type Mounts, type MountTable, type MountTrust, readMountTable } from './mountinfo.ts';
import { openPath, placeOf, withPlace } from './open-path.ts';
import { overlayLayers } from './overlay.ts';
import { readerProgram } from './reader.ts';
import { type ResolvedPath, resolvePath } from './resolve-path.ts';

/**
 * Of file systems that answer out of the machine's own memory and disks: proc_filesystems(5), and the kernel's Documentation/filesystems.
 */
const localTypes = new Set(
  (
    'ext2 ext3 ext4 xfs btrfs f2fs bcachefs zfs jfs reiserfs nilfs2 ntfs3 vfat exfat udf iso9660 hfsplus minix ufs ' +
    'squashfs erofs cramfs romfs tmpfs ramfs rootfs devtmpfs hugetlbfs ' +
    'proc sysfs cgroup cgroup2 devpts mqueue securityfs debugfs tracefs configfs bpf pstore efivarfs binfmt_misc nsfs'
  ).split(' '),
);

/** A user's program answers (fuse and its subtypes, virtiofs), or another machine (nfs, 9p); autofs waits for a mount to come. */
const remoteTypes = /^(?:fuse(?:blk|\..*)?|virtiofs|nfs4?|9p|autofs)$/;

/** The mounts of a machine by what its processes see. One object for one look: ids are given anew when mounts go. */
export function readMounts(procfs: string): Mounts {
  const tables = new Map<number | 'self', MountTable>();
  const proven = new Map<string, MountTrust>();

  function table(pid: number | 'self'): MountTable {
    const known = tables.get(pid) ?? readMountTable(pid === 'self' ? '/proc' : procfs, pid);
    tables.set(pid, known);
    return known;
  }

  function of(id: number | undefined, pid?: number): Mount | undefined {
    if (id === undefined) return undefined;
    const seen = pid === undefined ? undefined : table(pid).get(id);
    return seen ?? table('self').get(id) ?? table(1).get(id);
  }

  function trustOf(mount: Mount | undefined): MountTrust {
    if (mount === undefined) return 'unproven';
    if (remoteTypes.test(mount.type)) return 'remote';
    if (localTypes.has(mount.type) || ownDevices().has(mount.device)) return 'local';
    if (mount.type !== 'overlay') return 'unproven';
    const known = proven.get(mount.device) ?? trustOfOverlay(mount);
    proven.set(mount.device, known);
    return known;
  }

  /**
   * Local where pid 1 sees a mount of the same overlay, and each of its layers lies on a local file system as pid 1 sees it. An overlay
   * that only its own container sees may name paths that mean something else in there.
   */
  function trustOfOverlay({ device }: Mount): MountTrust {
    const seen = [...table(1).values()].find((mount) => mount.device === device && mount.type === 'overlay');
    const layers = seen === undefined ? undefined : overlayLayers(seen.options);
    if (layers === undefined || layers.length === 0) return 'unproven';
    proven.set(device, 'unproven'); // one whose layers lie on itself proves nothing
    return layers.every((layer) => isLocal(layer)) ? 'local' : 'unproven';
  }

  function isLocal(path: string): boolean {
    let root: number | undefined;
    let end: ResolvedPath | undefined;
    try {
      root = openSync(join(procfs, '1/root'), openPath | constants.O_DIRECTORY); // it takes CAP_SYS_PTRACE, or to be root
      end = resolvePath(root, path, { of, trustOf }, 1);
      return end.fd !== undefined && end.trust === 'local';
    } catch {
      return false;
    } finally {
      for (const fd of [root, end?.fd]) if (fd !== undefined) closeSync(fd);
    }
  }

  return { of, trustOf };
}

let devices: ReadonlySet<string> | undefined;

/** The superblocks that memgap's own program lies on: while these hang, it can't run anyhow. */
function ownDevices(): ReadonlySet<string> {
  if (devices !== undefined) return devices;
  const own = readMountTable('/proc', 'self');
  const found = new Set<string>();
  for (const path of [process.execPath, readerProgram]) {
    try {
      const mount = own.get(withPlace(path, 0, placeOf).mountId ?? -1);
      if (mount !== undefined && !remoteTypes.test(mount.type)) found.add(mount.device);
    } catch {
      // it was replaced while it runs: then nothing is proven by it
    }
  }
  devices = found;
  return devices;
}
