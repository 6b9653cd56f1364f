import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, rmSync, statfsSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startChild } from '../../scripts/child.ts';
import { readMounts } from '../../src/files/mount-trust.ts';
import type { Mount, Mounts, MountTrust } from '../../src/files/mountinfo.ts';
import { placeOf, withPlace } from '../../src/files/open-path.ts';
import { folder, here, noPid, sleeper, until } from '../kernel/process/processes.ts';
import { locateLab } from '../programs.ts';

/** The mount that the program of a process lies on. */
function mountOfExe(pid: number, mounts: Mounts): Mount | undefined {
  return mounts.of(withPlace(`/proc/${pid}/exe`, 0, placeOf).mountId, pid);
}

test('the mount of a running program is told, and that of memgap itself is never unproven', async (t) => {
  const mounts = readMounts(here.procfs);
  const pid = await sleeper(t);
  const mount = mountOfExe(pid, mounts);
  assert.match(mount?.type ?? '', /^[a-z0-9.]+$/);
  const magics = new Map(Object.entries({ ext4: 0xef53, xfs: 0x58465342, btrfs: 0x9123683e, overlay: 0x794c7630, tmpfs: 0x01021994 }));
  const magic = magics.get(mount?.type ?? '');
  if (magic !== undefined) assert.equal(statfsSync('/bin/sleep').type, magic);
  const own = mountOfExe(process.pid, mounts);
  assert.ok(own !== undefined && mounts.trustOf(own) !== 'unproven', JSON.stringify(own));
});

test('a program in a chroot is told as well, by the mounts that others see', async (t) => {
  const lab = locateLab('go-newest-pure');
  if (!lab.ok) return t.skip(lab.detail);
  if (process.getuid?.() !== 0) return t.skip('needs root, for chroot');
  const place = folder(t);
  copyFileSync(lab.value, join(place, 'lab'));
  const child = await startChild('lab', 'chroot', [place, '/lab', '-listen', '127.0.0.1:0']);
  t.after(() => child.stop());
  await until(() => child.lines().some((line) => line.startsWith('ready')));

  const own = withPlace(join(place, 'lab'), 0, placeOf).mountId;
  assert.equal(mountOfExe(child.pid, readMounts(here.procfs))?.id, own);
});

test('a mount that nobody sees, or a place without one, is unproven', () => {
  const mounts = readMounts(here.procfs);
  assert.equal(mounts.of(undefined, process.pid), undefined);
  assert.equal(mounts.of(4_000_000_000, noPid), undefined);
  assert.equal(mounts.trustOf(undefined), 'unproven');
});

function line({ id, device, mountPoint, type, options }: Mount): string {
  return `${id} 1 ${device} / ${mountPoint} rw - ${type} none ${options}\n`;
}

/** A procfs of these processes with these tables, each with the same root. */
function machine(t: TestContext, root: string, tables: Readonly<Record<number, readonly Mount[]>>): string {
  const procfs = folder(t);
  for (const [pid, mounts] of Object.entries(tables)) {
    mkdirSync(join(procfs, pid));
    writeFileSync(join(procfs, pid, 'mountinfo'), mounts.map(line).join(''));
    symlinkSync(root, join(procfs, pid, 'root'));
  }
  return procfs;
}

const made: Mount = { id: 4_000_000_001, device: '0:9999', root: '/', mountPoint: '/m', type: 'ext4', options: 'rw' };

test("the mounts that a process sees go before memgap's own and those of pid 1; each table is read once", (t) => {
  const other: Mount = { ...made, id: made.id + 1 };
  const [, own = ''] = /^(\d+) /.exec(readFileSync('/proc/self/mountinfo', 'latin1')) ?? [];
  const shadow: Mount = { ...made, id: Number(own) };
  const procfs = machine(t, '/', { 1: [{ ...made, type: 'xfs' }, other, shadow], 12: [made, shadow] });
  const mounts = readMounts(procfs);
  for (const round of ['read', 'kept']) {
    assert.deepEqual(mounts.of(made.id, 12), made, round);
    assert.equal(mounts.of(made.id)?.type, 'xfs', round);
    assert.deepEqual(mounts.of(other.id, 12), other, round);
    assert.deepEqual(mounts.of(shadow.id, 12), shadow, round);
    assert.notDeepEqual(mounts.of(shadow.id), shadow, round);
    for (const pid of ['1', '12']) rmSync(join(procfs, pid), { recursive: true, force: true });
  }
  assert.equal(readMounts(procfs).of(made.id, 12), undefined);
});

for (const [trust, types] of [
  ['local', 'ext4 xfs btrfs tmpfs squashfs erofs proc sysfs cgroup cgroup2 rootfs'],
  ['remote', 'fuse fuseblk fuse.sshfs fuse.ext4 virtiofs nfs nfs4 9p autofs'],
  ['unproven', 'cifs smb3 ceph glusterfs lustre zfs2 ext nfsd xfuse fuses overlay ecryptfs EXT4 constructor'],
] as const) {
  test(`${trust} by its type: ${types}`, () => {
    const mounts = readMounts('/nonexistent');
    for (const type of types.split(' ')) assert.equal(mounts.trustOf({ ...made, type }), trust, type);
  });
}

test("what memgap's own program lies on is local whatever its type, but not where a program or another machine answers for it", () => {
  const own = mountOfExe(process.pid, readMounts(here.procfs));
  assert.ok(own !== undefined);
  const mounts = readMounts('/nonexistent');
  const { device } = own;
  assert.equal(mounts.trustOf({ ...made, device, type: 'ceph' }), mounts.trustOf(own));
  assert.equal(mounts.trustOf({ ...made, device, type: 'fuse' }), 'remote');
});

interface Circumstances {
  readonly type?: string;
  readonly seenBy?: readonly number[];
  readonly device?: string;
}

/** How an overlay stands that pid 12 sees, of these layers, over a folder whose file system is of this type to pid 1. */
function trustIn(t: TestContext, options: string, { type = 'ext4', seenBy = [1, 12], device = '0:9999' }: Circumstances): MountTrust {
  const root = folder(t);
  for (const layer of ['a', 'b', 'c:d', 'e f']) mkdirSync(join(root, layer));
  symlinkSync('/b', join(root, 'link'));
  const below: Mount = { ...made, id: withPlace(root, 0, placeOf).mountId ?? 0, type, options, device };
  const overlay: Mount = { ...made, type: 'overlay', options };
  const procfs = machine(t, root, { 1: seenBy.includes(1) ? [below, overlay] : [below], 12: [overlay] });
  const mounts = readMounts(procfs);
  const trust = mounts.trustOf(mounts.of(overlay.id, 12));
  assert.equal(
    mounts.trustOf({ ...overlay, id: overlay.id + 1, options: 'rw' }),
    trust,
    'the same for every mount of it, for the layers are of pid 1',
  );
  return trust;
}

for (const [trust, what, options, circumstances] of [
  ['local', 'layers on a disk', 'rw,lowerdir=/a:/b,upperdir=/c:d,workdir=/e\\040f', {}],
  ['local', 'a layer behind a link', 'rw,lowerdir=/link', {}],
  ['unproven', 'a layer that is not there', 'rw,lowerdir=/a:/none', {}],
  ['unproven', 'a relative layer', 'rw,lowerdir=/a:b', {}],
  ['unproven', 'no layers', 'rw', {}],
  ['unproven', 'layers on FUSE', 'rw,lowerdir=/a:/b', { type: 'fuse.sshfs' }],
  ['unproven', 'layers on what may hang', 'rw,lowerdir=/a:/b', { type: 'ceph' }],
  ['unproven', 'all that lies on FUSE', 'rw,lowerdir=/', { type: 'fuse' }], // its place can be opened without a look-up
  ['unproven', 'layers that only its own container tells', 'rw,lowerdir=/a', { seenBy: [12] }],
  ['unproven', 'layers on itself', 'rw,lowerdir=/a', { type: 'overlay' }],
  ['unproven', 'layers on another one that lies on that one', 'rw,lowerdir=/a', { type: 'overlay', device: '0:9998' }],
] as const) {
  test(`an overlay of ${what} is ${trust}`, (t) => assert.equal(trustIn(t, options, circumstances), trust));
}

test("an overlay is unproven where pid 1's root can't be entered", (t) => {
  const overlay: Mount = { ...made, type: 'overlay', options: 'lowerdir=/' };
  const procfs = machine(t, '/', { 1: [overlay] });
  rmSync(join(procfs, '1/root'));
  assert.equal(readMounts(procfs).trustOf(overlay), 'unproven');
});

test('of two overlays with one device only the one is asked whose layers pid 1 tells; a type beside it counts for nothing', (t) => {
  const root = folder(t);
  mkdirSync(join(root, 'a'));
  const below: Mount = { ...made, id: withPlace(root, 0, placeOf).mountId ?? 0, device: '8:1' };
  const overlay: Mount = { ...made, type: 'overlay', options: 'rw,lowerdir=/a' };
  const odd: Mount = { ...overlay, id: overlay.id + 1, type: 'ceph' };
  const mounts = readMounts(machine(t, root, { 1: [below, odd, overlay] }));
  assert.equal(mounts.trustOf(overlay), 'local');
  assert.equal(mounts.trustOf(odd), 'unproven');
});
