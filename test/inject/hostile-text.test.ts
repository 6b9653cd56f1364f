import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { inject } from '../../src/inject/inject.ts';
import { runs } from '../runs.ts';
import { requestOf } from './request.ts';

const moves = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;
const hostile = fc
  .array(fc.oneof(fc.constantFrom('\x1b[2J', '\x9b', '\u202e', '\u2028', '\n', '\r', 'web', '/', '"', ': '), fc.string({ maxLength: 4 })), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.join(''));

/** A workload in JSON, which YAML takes: each text of it may be anybody's. */
function workload(text: string, at: string): string {
  const said = (place: string, usual: string) => (place === at ? text : usual);
  const container = (name: string) => ({
    name,
    image: said('image', 'x'),
    command: [said('command', '/bin/web')],
    ports: [{ containerPort: 6060, name: said('port', 'pprof') }],
  });
  return JSON.stringify({
    apiVersion: said('apiVersion', 'apps/v1'),
    kind: said('kind', 'Deployment'),
    metadata: { name: said('name', 'web'), annotations: { [said('annotation', 'a')]: 'b' } },
    spec: {
      template: {
        metadata: { annotations: { 'memgap.io/container': said('wish', 'main') } },
        spec: {
          containers: [container(said('container', 'main')), ...(at === 'two' ? [container(text)] : [])],
          volumes: [{ name: said('volume', 'v') }],
        },
      },
    },
  });
}

const places = ['image', 'command', 'port', 'apiVersion', 'kind', 'name', 'annotation', 'wish', 'container', 'two', 'volume'];

test('whatever a manifest says, what is told of it is lines of text', () => {
  let told = 0;
  fc.assert(
    fc.property(hostile, fc.constantFrom(...places), fc.constantFrom([], ['--workload', 'Deployment/other']), (text, at, flags) => {
      for (const { id = '', detail } of inject(workload(text, at), requestOf(...flags)).reports) {
        const line = `${id}: ${detail}`;
        told += 1;
        assert.doesNotMatch(line, moves, `${at}: ${JSON.stringify(line)}`);
      }
    }),
    { numRuns: runs(300) },
  );
  assert.ok(told >= runs(300), String(told));
});
