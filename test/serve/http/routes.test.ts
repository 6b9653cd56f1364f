import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fastify } from 'fastify';
import { type Route, routes, telemetryPathProblem } from '../../../src/serve/http/routes/index.ts';
import { fullSnapshot, stateOf } from '../metrics/states.ts';
import { depsOf, served } from './served.ts';

/** Where the metrics are in these tests, so that it is no route's own. */
const telemetryPath = '/m';

/** The paths that a route answers at. */
function pathsOf({ add }: Route): readonly string[] {
  const paths = new Set<string>();
  const app = fastify();
  app.addHook('onRoute', ({ url }) => void paths.add(url));
  add(app, { ...depsOf([], { telemetryPath }), answering: () => undefined });
  return [...paths];
}

const all = routes.flatMap(pathsOf).filter((path) => path !== telemetryPath);

test('every page is below what its route says, and all that it says has a page', () => {
  for (const route of routes) {
    const paths = pathsOf(route).filter((path) => path !== telemetryPath && path !== '/');
    for (const path of paths)
      assert.ok(
        route.below.some((prefix) => path === prefix || path.startsWith(`${prefix}/`)),
        path,
      );
    for (const prefix of route.below)
      assert.ok(
        paths.some((path) => path === prefix || path.startsWith(`${prefix}/`)),
        prefix,
      );
  }
});

test('no page can be hidden by --web.telemetry-path', () => {
  for (const path of all.filter((each) => each !== '/')) assert.match(telemetryPathProblem(path) ?? '', /other pages there/, path);
});

test('the README lists every page, and no other', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
  const [, table = ''] = /\n\| page \| what \|\n\|[-|]+\|\n((?:\|.*\n)+)/.exec(readme) ?? [];
  const listed = table
    .split('\n')
    .flatMap((row) => [...(row.split(' | ')[0] ?? '').matchAll(/`([^`?]+)(?:\?[^`]*)?`/g)].map(([, path]) => path));
  assert.deepEqual(listed.toSorted(), ['/metrics', ...all.filter((path) => path !== '/')].toSorted());
});

test('the landing page leads to every page that is for people', async () => {
  const { body } = await served([stateOf(fullSnapshot)], { telemetryPath }).inject('/');
  for (const path of all.filter((each) => each !== '/' && !each.startsWith('/-/'))) assert.ok(body.includes(path.slice(1)), path);
});

test('under a name that is not memgap’s no page answers but metrics and probes', async () => {
  const app = served([stateOf(fullSnapshot)], { telemetryPath });
  const anyName = [telemetryPath, '/probe', '/-/healthy', '/-/ready', '/-/reload'];
  for (const url of new Set([telemetryPath, ...all])) {
    const { statusCode } = await app.inject({ url, method: url === '/-/reload' ? 'POST' : 'GET', headers: { host: 'rebound.example' } });
    assert.equal(statusCode === 421, !anyName.includes(url), url);
  }
});
