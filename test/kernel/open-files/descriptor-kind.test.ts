import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBpfMap } from '../../../src/kernel/open-files/bpf-maps.ts';
import { descriptorKind } from '../../../src/kernel/open-files/descriptors.ts';
import { parseMountId } from '../../../src/kernel/open-files/memory-files.ts';

for (const [link, kind] of [
  ['socket:[12345]', { kind: 'socket', inode: '12345' }],
  ['pipe:[7]', { kind: 'pipe', inode: '7' }],
  ['anon_inode:bpf-map', { kind: 'anonymous', name: 'bpf-map' }],
  ['anon_inode:[io_uring]', { kind: 'anonymous', name: 'io_uring' }],
  ['anon_inode:inotify', { kind: 'anonymous', name: 'inotify' }],
  ['anon_inode:seccomp notify', { kind: 'anonymous', name: 'seccomp notify' }],
  ['anon_inode:kvm-vcpu:12', { kind: 'anonymous', name: 'kvm-vcpu' }],
  ['/memfd:a (deleted)', { kind: 'memfd', path: '/memfd:a' }],
  ['/memfd:a\n\x1b (deleted) (deleted)', { kind: 'memfd', path: '/memfd:a\n\x1b (deleted)' }],
  ['/dev/shm/x (deleted)', { kind: 'deleted', path: '/dev/shm/x' }],
  ['/dev/shm/x', { kind: 'other' }],
  ['/socket:[1]', { kind: 'other' }],
  ['/a/pipe:[1]', { kind: 'other' }],
  ['/anon_inode:bpf-map', { kind: 'other' }],
  ['socket:[]', { kind: 'other' }],
  ['mnt:[4026531841]', { kind: 'other' }],
  ['anon_inode:<script>', { kind: 'other' }],
  ['', { kind: 'other' }],
] as const) {
  test(`a link to ${JSON.stringify(link)}`, () => assert.deepEqual(descriptorKind(link), kind));
}

test('what fdinfo says of a BPF map, and of a mount', () => {
  const map = 'pos:\t0\nflags:\t02000002\nmnt_id:\t16\nino:\t9\nmap_type:\t6\nkey_size:\t4\nmemlock:\t67125560\nmap_id:\t3\nfrozen:\t0\n';
  assert.deepEqual(parseBpfMap(map), { id: '3', memlock: 67_125_560 });
  assert.equal(parseMountId(map), 16);
  for (const text of ['', 'memlock:\t1\n', 'map_id:\t1\n', 'memlock:\t-1\nmap_id:\t1\n', 'xmemlock:\t1\nmap_id:\t1\n'])
    assert.equal(parseBpfMap(text), undefined, text);
  for (const text of ['', 'mnt_id:\t-1\n', 'xmnt_id:\t4\n']) assert.equal(parseMountId(text), undefined, text);
});
