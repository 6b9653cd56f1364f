import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ptraceChecks } from '../../src/doctor/ptrace.ts';
import type { ProcessAccess } from '../../src/model/access.ts';
import { found, missing } from '../../src/model/reading.ts';
import { factsOf, processWith } from './facts.ts';

const read = { mode: 'read', ownersOnly: false } as const;
const mem = { mode: 'attach', ownersOnly: true } as const;
const same = processWith({});

function names(self: ProcessAccess, target: ProcessAccess, need: typeof read | typeof mem, yama?: number): readonly string[] {
  return ptraceChecks(factsOf(self, target, { yama }).surroundings, target, need).map(({ name }) => name);
}

test('with all checks passed a security module is suspected, and the labels are told', () => {
  const target = processWith({ label: 'other-profile (enforce)' });
  const self = processWith({ label: 'cri-containerd.apparmor.d (enforce)' });
  const [check, ...others] = ptraceChecks(factsOf(self, target).surroundings, target, read);

  assert.deepEqual(others, []);
  assert.equal(check?.name, 'security-module');
  assert.equal(check?.suspected, true);
  assert.match(check?.says ?? '', /memgap is "cri-containerd.*the target "other-profile/);
});

test('Yama judges the right to attach only: 1 and 2 yield to CAP_SYS_PTRACE, 3 to nobody', () => {
  const privileged = processWith({ capabilities: ['CAP_SYS_PTRACE'] });
  for (const scope of [1, 2, 3]) {
    assert.deepEqual(names(same, same, read, scope), ['security-module']);
    assert.deepEqual(names(same, same, mem, scope), ['yama']);
    assert.deepEqual(names(privileged, same, mem, scope), scope === 3 ? ['yama'] : ['security-module']);
  }
  assert.deepEqual(names(same, same, mem, 0), ['security-module']);
});

test('a set-user-id program has no one id to run memgap as: all three are told', () => {
  const ids = { real: 1000, effective: 0, saved: 0, fileSystem: 0 };
  const base = processWith({ uid: 1000, gid: 1000 });
  const target: ProcessAccess = {
    ...base,
    credentials: found({
      uid: ids,
      gid: { ...ids, effective: 1000, saved: 1000, fileSystem: 1000 },
      groups: [],
      permitted: [],
      effective: [],
    }),
  };
  const [check] = ptraceChecks(factsOf(base, target).surroundings, target, read);
  assert.equal(check?.name, 'uid');
  assert.match(check?.says ?? '', /1000\/0\/0 \(real\/effective\/saved\)/);
});

test('a capability of memgap does not reach into a user namespace that is not below its own', () => {
  const target = processWith({ userMap: '0 100000 65536' });
  const nested = processWith({ uid: 0, capabilities: ['CAP_SYS_PTRACE'], userMap: '0 200000 65536' });
  assert.ok(names(nested, target, read).includes('user-namespace'));

  const first = processWith({ uid: 0, capabilities: ['CAP_SYS_PTRACE'] });
  assert.deepEqual(names(first, target, read), ['security-module']);
});

test('many capabilities are not all listed', () => {
  const target = processWith({ uid: 0, capabilities: Array.from({ length: 14 }, (_, index) => `CAP_${index}`) });
  const [check] = ptraceChecks(factsOf(processWith({ uid: 0 }), target).surroundings, target, read);
  assert.match(check?.says ?? '', /CAP_4 and 9 more$/);
});

test('where credentials are not known nothing is said', () => {
  const unknown: ProcessAccess = { ...same, credentials: missing('gone', 'process 7 is not there') };
  assert.deepEqual(names(same, unknown, read), []);
  assert.deepEqual(names(unknown, same, read), []);
});

test('who fails no check of ids passes: whatever the ids, one that differs is named', () => {
  const id = fc.integer({ min: 0, max: 3 });
  fc.assert(
    fc.property(id, id, id, id, (uid, gid, ownUid, ownGid) => {
      const checks = names(processWith({ uid: ownUid, gid: ownGid }), processWith({ uid, gid }), read);
      assert.equal(checks.includes('uid'), uid !== ownUid);
      assert.equal(checks.includes('gid'), gid !== ownGid);
    }),
  );
});
