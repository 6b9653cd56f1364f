import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNode } from 'yaml';
import { change, type Decide } from '../../src/inject/change.ts';
import { readManifests } from '../../src/inject/manifests.ts';

const names = ['a', 'b', 'c', 'd', 'e'];
const text = names.map((name) => `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\n`).join('---\n');

/** Puts a line in front of each PodSpec, and something else in front of one. */
function putting(line: string, odd: string, oddLine: string): Decide {
  return (_, { id, trail }) => {
    const [root] = trail;
    const start = isNode(root) ? (root.range?.[0] ?? 0) : 0;
    return { status: 'injected', detail: '', edits: [{ start, end: start, text: id === `pod/${odd}` ? oddLine : line }] };
  };
}

function refused(decide: Decide, takeBack?: Decide): readonly (string | undefined)[] {
  const { text: changed, reports } = change(text, readManifests(text), [], decide, takeBack);
  assert.equal(
    changed === undefined,
    reports.some(({ status }) => status === 'refused'),
  );
  return reports.filter(({ status }) => status === 'refused').map(({ id }) => id);
}

test('the one workload whose change is no YAML is refused, wherever it stands, and nothing is changed', () => {
  assert.deepEqual(refused(putting('x: 1\n', '', '')), []);
  for (const name of names) assert.deepEqual(refused(putting('x: 1\n', name, '  x: 1\n')), [`pod/${name}`]);
});

test('a change that makes another object of it, or leaves an alias without an anchor, is no good one either', () => {
  assert.deepEqual(refused(putting('', 'c', 'kind: Job\n---\n')), ['pod/c']);
  assert.deepEqual(refused(putting('', 'c', 'x: *y\n')), ['pod/c']);
});

test('what could not be taken out again, to the byte, is not put in', () => {
  const line = 'x: 1\n';
  const takeOut: Decide = (changed, { trail }) => {
    const [root] = trail;
    const start = isNode(root) ? (root.range?.[0] ?? 0) : 0;
    const is = changed.startsWith(line, start);
    return { status: 'undone', detail: '', edits: is ? [{ start, end: start + line.length, text: '' }] : [] };
  };
  assert.deepEqual(refused(putting(line, '', ''), takeOut), []);
  assert.deepEqual(refused(putting(line, 'd', 'x:  1\n'), takeOut), ['pod/d']);
});
