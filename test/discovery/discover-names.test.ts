import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { baseName, createNames } from '../../src/discovery/discover-names.ts';

const id = '0a1b2c3d'.repeat(8);
const uid = '5c3f9a1e-7b2d-4e6f-8a90-1b2c3d4e5f60';
const nobody = new Set<string>();

function named(namespace: string, pod: string, container: string) {
  return { namespace, pod, container, ips: [] };
}

test('the name is of Kubernetes, else of the pod, the container, the service, the program', () => {
  const exe = '/usr/bin/manager';
  const cgroup = `/kubepods/burstable/pod${uid}/${id}`;
  assert.equal(baseName({ exe, cgroup }, named('shop', 'operator-0', 'manager')), 'shop/operator-0/manager');
  assert.equal(baseName({ exe, cgroup }, undefined), `pod-${uid}/0a1b2c3d0a1b`);
  assert.equal(baseName({ exe, cgroup: `/docker/${id}` }, undefined), 'docker-0a1b2c3d0a1b');
  assert.equal(baseName({ exe, cgroup: `/x/${id}` }, undefined), 'container-0a1b2c3d0a1b');
  assert.equal(baseName({ exe, cgroup: '/system.slice/operator.service' }, undefined), 'operator.service');
  assert.equal(baseName({ exe, cgroup: '/system.slice/operator.service/child' }, undefined), 'operator.service');
  assert.equal(baseName({ exe, cgroup: '/user.slice/user-1000.slice/user@1000.service/app.slice/x.scope' }, undefined), 'manager');
  assert.equal(baseName({ exe, cgroup: '' }, undefined), 'manager');
});

test('hostile names are short and printable, and two long ones that begin alike stay two', () => {
  assert.equal(baseName({ exe: '/x/\x1b[31m\u202e', cgroup: '/' }, undefined), '\\x1b[31m\\u202e');
  const exe = `/x/${'n'.repeat(255)}`;
  assert.ok(baseName({ exe, cgroup: '/' }, undefined).length <= 64);
  const names = ['a', 'b'].map((end) => baseName({ exe: '/x', cgroup: '/' }, named('shop', `${'p'.repeat(200)}${end}`, 'c')));
  assert.equal(new Set(names).size, 2);
  for (const name of names) assert.ok(name.length <= 128);
});

test('processes of one name are numbered, and a restart takes the place that is free', () => {
  const names = createNames();
  const of = (...keys: readonly string[]) => [
    ...names
      .assign(
        keys.map((key) => ({ key, base: 'manager' })),
        nobody,
      )
      .values(),
  ];
  assert.deepEqual(of('1', '2', '3'), ['manager', 'manager-2', 'manager-3']);
  assert.deepEqual(of('3', '2', '1'), ['manager-3', 'manager-2', 'manager'], 'each keeps its own, in whatever order they come');
  assert.deepEqual(of('1', '3', '4'), ['manager', 'manager-3', 'manager-2']);
  assert.deepEqual(of('5'), ['manager']);
});

test('a name that is known later replaces the one before it, and a name in the configuration is left to its owner', () => {
  const names = createNames();
  assert.deepEqual([...names.assign([{ key: '1', base: 'pod-1/x' }], nobody).values()], ['pod-1/x']);
  assert.deepEqual([...names.assign([{ key: '1', base: 'shop/a/b' }], nobody).values()], ['shop/a/b']);
  assert.deepEqual([...names.assign([{ key: '1', base: 'shop/a/b' }], new Set(['shop/a/b'])).values()], ['shop/a/b-2']);
});

test('whatever comes and goes, names are unique, kept, and at most as many as processes of that base at a time', () => {
  const some = fc.uniqueArray(fc.record({ key: fc.integer({ min: 0, max: 9 }).map(String), base: fc.constantFrom('a', 'a-2', 'b') }), {
    selector: ({ key }) => key,
  });
  fc.assert(
    fc.property(fc.array(some), (rounds) => {
      const names = createNames();
      let before = new Map<string, string>();
      let bases = new Map<string, string>();
      for (const processes of rounds) {
        const now = names.assign(processes, nobody);
        assert.equal(new Set(now.values()).size, processes.length);
        for (const { key, base } of processes) {
          if (before.has(key) && bases.get(key) === base) assert.equal(now.get(key), before.get(key));
        }
        before = new Map(now);
        bases = new Map(processes.map(({ key, base }) => [key, base]));
      }
    }),
  );
});
