import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { parseArguments } from '../../src/cli/arguments.ts';
import { locate } from '../programs.ts';
import { block, debugCommand } from './docs-blocks.ts';
import { field, list } from './field.ts';
import { manifestFaults } from './manifest-faults.ts';
import { restrictedBreaches } from './pod-security.ts';

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'any', namespace: 'operator-system' },
  spec: { containers: [{ name: 'manager', image: 'operator:1' }] },
};

test('the kubectl debug line of the docs makes a container that explains, as "restricted", with the ids of the file', async (t) => {
  const kubectl = locate('kubectl');
  if (!kubectl.ok) return t.skip(kubectl.detail);
  const api = await startApi(t);
  const folder = mkdtempSync(join(tmpdir(), 'memgap-debug-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'same-ids.yaml'), block('same-ids.yaml'));

  // no container will ever run here that could be attached to
  const words = debugCommand().filter((word) => word !== '--attach');
  const child = spawn(kubectl.value, [`--server=${api.url}`, ...words], { cwd: folder, env: { HOME: folder } });
  const [[status], stderr] = await Promise.all([once(child, 'close'), text(child.stderr)]);

  assert.equal(status, 0, stderr);
  const ephemeral = list(api.patches.at(0), 'spec', 'ephemeralContainers');
  const container = ephemeral[0];
  assert.deepEqual(manifestFaults({ ...pod, spec: { ...pod.spec, ephemeralContainers: ephemeral } }), []);
  assert.deepEqual(restrictedBreaches({ ephemeralContainers: ephemeral }), []);
  assert.equal(field(container, 'command'), undefined); // the image's entrypoint stays
  assert.equal(field(container, 'targetContainerName'), 'manager');
  assert.deepEqual([field(container, 'securityContext', 'runAsUser'), field(container, 'securityContext', 'runAsGroup')], [1000, 1000]);
  const args = parseArguments(list(container, 'args').map(String));
  if ('message' in args) assert.fail(args.message);
  assert.equal(args.command, 'explain');
});

/** Just enough of an API server for `kubectl debug`: what the cluster has, one pod, and a note of what is patched. */
async function startApi(t: TestContext): Promise<{ readonly url: string; readonly patches: readonly unknown[] }> {
  const patches: unknown[] = [];
  const resources = ['pods', 'pods/ephemeralcontainers'].map((name) => ({ name, namespaced: true, kind: 'Pod', verbs: ['get', 'patch'] }));
  const answers = new Map<string, object>([
    ['/api', { kind: 'APIVersions', versions: ['v1'] }],
    ['/apis', { kind: 'APIGroupList', apiVersion: 'v1', groups: [] }],
    ['/api/v1', { kind: 'APIResourceList', groupVersion: 'v1', resources }],
  ]);
  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (request.method === 'PATCH') patches.push(JSON.parse(body));
    const path = new URL(request.url ?? '', 'http://any').pathname;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answers.get(path) ?? pod));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${field(server.address(), 'port')}`, patches };
}
