import { answering, parseListeners } from '../../../src/discovery/listeners.ts';
import { parseMountTable } from '../../../src/files/mountinfo.ts';
import { parseProcMount } from '../../../src/kernel/access/surroundings.ts';
import { parseMembership } from '../../../src/kernel/cgroup/membership.ts';
import { parseMounts, spotsOf } from '../../../src/kernel/cgroup/mounts.ts';
import { parseTmpfsDevices } from '../../../src/kernel/memory/tmpfs-devices.ts';
import { parseBpfMap } from '../../../src/kernel/open-files/bpf-maps.ts';
import { descriptorKind } from '../../../src/kernel/open-files/descriptors.ts';
import { parseMountId } from '../../../src/kernel/open-files/memory-files.ts';
import { createTcpQueueScan } from '../../../src/kernel/open-files/tcp-queues.ts';
import { Broken, type Kind } from '../kind.ts';
import { mutated, numbers } from '../mutate.ts';
import { carried, piecesOf, same, sound } from '../properties.ts';
import type { Random } from '../random.ts';
import { recordedFiles } from '../recorded.ts';

const recorded = recordedFiles('access', /\.txt$/);

function mountLine(random: Random): string {
  const part = () => random.pick(['', 'a', '..', '.', 'kubepods', 'x\\040y', 'b\\012', '*', '\u202e']);
  const path = () => `/${Array.from({ length: random.below(5) }, part).join('/')}`;
  const type = random.pick(['cgroup', 'cgroup2', 'tmpfs', 'overlay', 'proc', 'fuse.x', 'nfs4']);
  const id = () => random.pick([String(random.below(99)), random.pick(numbers)]);
  return `${id()} ${id()} 0:${id()} ${path()} ${random.pick(['/sys/fs/cgroup', '/proc', '/dev/shm', path()])} rw,nosuid ${random.pick(['', 'shared:1 ', 'master:2 propagate_from:3 '])}- ${type} ${random.pick(['none', 'x', 'cgroup'])} ${random.pick(['rw', 'rw,memory', 'rw,hidepid=2', 'rw,size=64k'])}`;
}

const mountinfo: Kind = {
  name: 'mountinfo',
  extension: 'txt',
  weight: 60,
  make(random) {
    if (random.chance(30)) return mutated(random.pick(recorded), random, random.pick(recorded));
    const text = Array.from({ length: random.below(20) }, () => `${mountLine(random)}\n`).join('');
    return random.chance(50) ? Buffer.from(text) : mutated(Buffer.from(text), random);
  },
  check(input, random) {
    const text = input.toString();
    for (const version of [1, 2] as const) {
      const mounts = parseMounts(text, version);
      if (mounts.length > text.split('\n').length) throw new Broken('more mounts than lines');
      carried(
        mounts.map(({ id }) => id),
        text,
      );
      const path = random.pick(['/', '/a/b', '/../x', '/a/../../b', '/kubepods/x', '/x y']);
      for (const { group, mountPoint } of spotsOf(mounts, { version, path })) {
        for (const name of [...group, ...mountPoint])
          if (name === '' || name.includes('/')) throw new Broken(`a part of a path is ${JSON.stringify(name)}`);
        if (group.includes('..')) throw new Broken('the group leads out of the mount');
      }
    }
    parseTmpfsDevices(text);
    for (const { type } of parseMountTable(text).values()) if (!text.includes(type)) throw new Broken(`a type ${type}`);
    parseProcMount(text, '/proc');
  },
};

const membership: Kind = {
  name: 'membership',
  extension: 'txt',
  weight: 20,
  make(random) {
    const line = () =>
      `${random.pick(['0', '5', ...numbers])}:${random.pick(['', 'memory', 'cpu,memory', 'name=systemd', 'xmemory'])}:${random.pick(['/', '/a', '/..', '/a (deleted)', 'b', '/x:y', ''])}`;
    return mutated(Buffer.from(Array.from({ length: random.below(6) }, () => `${line()}\n`).join('')), random);
  },
  check(input) {
    const text = input.toString();
    const reading = parseMembership(text);
    sound(reading);
    if (reading.ok && (!reading.value.path.startsWith('/') || !text.includes(reading.value.path)))
      throw new Broken(`the path ${reading.value.path}`);
  },
};

const listeners: Kind = {
  name: 'listeners',
  extension: 'txt',
  weight: 30,
  make(random) {
    const hex = (digits: number) => Array.from({ length: digits }, () => random.pick('0123456789ABCDEF'.split(''))).join('');
    const address = () =>
      random.pick([
        '00000000',
        '0100007F',
        '0'.repeat(32),
        '0000000000000000FFFF00000100007F',
        '00000000000000000000000001000000',
        hex(8),
        hex(32),
        hex(9),
      ]);
    const line = () =>
      `   ${random.below(99)}: ${address()}:${random.pick([hex(4), '1F90', '0000'])} ${address()}:0000 ${random.pick(['0A', '0A', '01'])} 00000000:00000000 00:00000000 00000000 ${random.pick(['0', '65532', ...numbers])} 0 ${random.pick(['0', '12345', ...numbers])} 1`;
    const text = `  sl  local_address rem_address   st\n${Array.from({ length: random.below(12) }, () => `${line()}\n`).join('')}`;
    return random.chance(60) ? Buffer.from(text) : mutated(Buffer.from(text), random);
  },
  check(input) {
    const text = input.toString();
    const all = parseListeners(text);
    if (all.length > text.split('\n').length) throw new Broken('more listeners than lines');
    for (const { address, port, inode, uid } of all) {
      if (!/^[0-9a-fA-F:.]+$/.test(address)) throw new Broken(`the address ${address}`);
      if (!text.includes(port.toString(16).toUpperCase().padStart(4, '0'))) throw new Broken(`the port ${port}`);
      if (!text.includes(inode)) throw new Broken(`the inode ${inode}`);
      carried(uid, text);
    }
    for (const host of ['localhost', '127.0.0.1', '::1']) {
      for (const listener of answering(all, { host, port: 8080 })) same(all.includes(listener), true, 'who answers');
    }
  },
};

const tcpQueues: Kind = {
  name: 'tcp-queues',
  extension: 'txt',
  weight: 30,
  make(random) {
    const hex = (digits: number) => Array.from({ length: digits }, () => random.pick('0123456789ABCDEF'.split(''))).join('');
    const address = () => `${random.pick(['0100007F', '0'.repeat(32), hex(32), hex(9)])}:${hex(4)}`;
    const queue = () => random.pick(['00000000', hex(8), 'FFFFFFFF', hex(16), '0']);
    const line = () =>
      `   ${random.below(99)}: ${address()} ${address()} ${random.pick(['01', '0A', '06', hex(2)])} ${queue()}:${queue()} 02:${hex(8)} 00000000  1000        0 ${random.pick(['0', '7', '12345', ...numbers])} 2 ${hex(16)} 20 4 30 10 -1`;
    const text = `  sl  local_address rem_address   st\n${Array.from({ length: random.below(12) }, () => `${line().padEnd(149)}\n`).join('')}`;
    return random.chance(60) ? Buffer.from(text) : mutated(Buffer.from(text), random);
  },
  check(input, random) {
    const text = input.toString('latin1');
    const own = new Set([...text.matchAll(/\d+/g)].map(([number]) => number).filter(() => random.chance(50)));
    const whole = createTcpQueueScan(own, 2 ** 21);
    whole.take(text);
    const cut = createTcpQueueScan(own, 2 ** 21);
    for (const piece of piecesOf(input, random)) cut.take(piece.toString('latin1'));
    same(cut.queues(), whole.queues(), 'cut into pieces');
    const { send, receive } = whole.queues();
    const most = 2 * 0xffff_ffff * text.split('\n').length;
    if (!(send >= 0 && receive >= 0 && send <= most && receive <= most)) throw new Broken(`${send} and ${receive} bytes`);
    if (own.size === 0 && send + receive > 0) throw new Broken('queues of nobody');
  },
};

const descriptors: Kind = {
  name: 'descriptors',
  extension: 'txt',
  weight: 20,
  make(random) {
    const name = () => random.pick(['bpf-map', '[io_uring]', 'kvm-vcpu:3', '[]', '\u202e', ...numbers]);
    const link = () =>
      random.pick([
        `socket:[${random.pick(numbers)}]`,
        `pipe:[${name()}]`,
        `anon_inode:${name()}`,
        `/memfd:${name()} (deleted)`,
        `/x/${name()} (deleted)`,
        `memlock:\t${random.pick(numbers)}\nmap_id:\t${random.pick(numbers)}\nmnt_id:\t${random.pick(numbers)}\n`,
      ]);
    return random.chance(60) ? Buffer.from(link()) : mutated(Buffer.from(link()), random, Buffer.from(link()));
  },
  check(input) {
    const text = input.toString();
    const what = descriptorKind(text);
    if ('inode' in what && !text.includes(what.inode)) throw new Broken(`the inode ${what.inode}`);
    if ('name' in what && !/^[\w -]{1,32}$/.test(what.name)) throw new Broken(`the name ${what.name}`);
    if ('path' in what && (!what.path.startsWith('/') || !text.startsWith(what.path))) throw new Broken(`the path ${what.path}`);
    const map = parseBpfMap(text);
    if (map !== undefined) carried(map.memlock, text);
    const mount = parseMountId(text);
    if (mount !== undefined) carried(mount, text);
  },
};

/** What the kernel tells of mounts, groups, sockets and descriptors. */
export const kernelKinds: readonly Kind[] = [mountinfo, membership, listeners, tcpQueues, descriptors];
