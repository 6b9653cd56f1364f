import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anonymizedText } from '../../src/record/anonymize-text.ts';
import { createStandIns } from '../../src/record/stand-ins.ts';

test('what rules go by stays: special names, devices, shared memory, libraries, the standard library', () => {
  const { path, goFunction, url } = createStandIns();
  const kept = [
    ...['', '[heap]', '[stack]', '[vdso]', '[anon: Go: heap]', '[anon: glibc: malloc]', '/dev/zero (deleted)', '/SYSV0052e2c1 (deleted)'],
    ...[
      'anon_inode:[io_uring]',
      '/anon_inode:bpf-map',
      'socket:[123]',
      '/secretmem (deleted)',
      '/usr/lib/x86_64-linux-gnu/libc.so.6',
      '/lib64/ld-linux-x86-64.so.2',
    ],
  ];
  for (const name of kept) assert.equal(path(name), name);
  assert.match(path('/memfd:secret-cache (deleted)'), /^\/memfd:name\d+ \(deleted\)$/);
  assert.match(path('/dev/shm/acme.db'), /^\/dev\/shm\/name\d+$/);
  assert.match(path('/opt/acme/libacme.so.3'), /^\/opt\/name\d+\/lib\d+\.so\.3$/);
  assert.match(path('[anon:acme pool]'), /^\[anon:name\d+\]$/);
  assert.equal(path('/opt/acme/x (deleted)'), `${path('/opt/acme/x')} (deleted)`);
  for (const name of ['runtime.mallocgc', 'net/http.(*conn).serve', 'encoding/json.Marshal']) assert.equal(goFunction(name), name);
  for (const name of ['main.run', 'example.com/acme/shop.(*Cart).Add', 'acme/shop.Run', 'gopkg.in/yaml%2ev3.f[go.shape.int]'])
    assert.match(goFunction(name), /^package\d+\.function\d+$/);
  assert.equal(url('http://127.0.0.1:6060/debug/pprof'), 'http://127.0.0.1:6060/debug/pprof');
  assert.match(url('https://shop.acme.example:8443/acme/debug/vars'), /^https:\/\/host\d+\.example:8443\/name\d+\/debug\/vars$/);
});

test('a group is as much of a container and of a pod as before', () => {
  const { group } = createStandIns();
  const id = '0123456789abcdef'.repeat(4);
  const pod = '12345678_1234_1234_1234_123456789abc';
  assert.match(group(`/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${pod}.slice/cri-containerd-${id}.scope`),
    /^\/kubepods\.slice\/kubepods-burstable\.slice\/kubepods-burstable-pod00000000_0000_0000_0000_\d{12}\.slice\/cri-containerd-\d{64}\.scope$/); // biome-ignore format: one line each
  assert.match(group('/system.slice/acme.service'), /^\/system\.slice\/name\d+\.service$/);
  assert.equal(group('/user.slice/user-1000.slice/session-2.scope'), '/user.slice/user-1000.slice/session-2.scope');
  assert.equal(group('/../..'), '/../..');
});

test('a sentence loses the names that were met, and addresses and paths that were not', () => {
  const names = createStandIns();
  names.word('acme-shop', 'name');
  names.path('/srv/my files/x');
  const told = names.sentence(
    'acme-shop: GET https://db.acme.example/x/metrics: /srv/my files/x, /proc/4711/smaps and /home/anna/y: EACCES',
  );
  assert.doesNotMatch(told, /acme|my files|anna/);
  assert.match(told, /\/proc\/4711\/smaps and \/home\/name\d+\/name\d+: EACCES$/);
});

test('names in texts are replaced, and nothing else', () => {
  const names = createStandIns();
  assert.equal(anonymizedText('stat 7/stat', '7 (a (b) c) S 1 2', names), '7 (name1) S 1 2');
  assert.equal(anonymizedText('status 7/status', 'Name:\tacme\nState:\tS (sleeping)\n', names), 'Name:\tname2\nState:\tS (sleeping)\n');
  const smaps =
    '00400000-00402000 r--p 00000000 fe:00 56                            /srv/acme\nSize: 8 kB\n7f00-7f01 rw-p 00000000 00:00 0 \n';
  assert.equal(anonymizedText('smaps 7/smaps', smaps, names), smaps.replace('/srv/acme', '/name3/name2'));
  const frames =
    '#\t0x46ecb6\tmain.leak+0x35\t\t/home/u/main.go:25\n#\t0x1\truntime.main+0x1\t\t\truntime/proc.go:217\n# runtime.MemStats\n';
  assert.equal(anonymizedText('pprof_heap body', frames, names),
    '#\t0x46ecb6\tpackage4.function5+0x35\tfile6.go:25\n#\t0x1\truntime.main+0x1\tproc.go:217\n# runtime.MemStats\n'); // biome-ignore format: one line each
});

test('the same name has the same stand-in, and two names have two', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z]{5,12}Q$/), { minLength: 2 }), (parts) => {
      const { path } = createStandIns();
      const shown = parts.map((part) => path(`/${part}`));
      assert.equal(new Set(shown).size, parts.length);
      assert.deepEqual(
        parts.map((part) => path(`/${part}`)),
        shown,
      );
      for (const [index, part] of parts.entries()) assert.ok(!shown[index]?.includes(part));
    }),
    { numRuns: 50 },
  );
});
