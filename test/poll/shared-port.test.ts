import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { createWatch } from '../../src/poll/watch.ts';
import { here } from '../kernel/process/processes.ts';
import { endpointOf } from '../net/loopback.ts';
import { goPages } from './go-server.ts';

/** A program that serves Go's numbers on a port that it is ready to share; `undefined` where this node can't (before 22.12). */
async function sharing(t: TestContext, port = 0): Promise<{ readonly pid: number; readonly port: number } | undefined> {
  const code = `
    const server = require('node:http').createServer((_, response) => response.end(process.argv[1]));
    server.on('error', () => console.log('none'));
    server.listen({ host: '127.0.0.1', port: ${port}, reusePort: true }, () => console.log(server.address().port));`;
  const child = spawn(process.execPath, ['-e', code, goPages.expvar], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const line = await new Promise<string>((resolve) => child.stdout.once('data', (data) => resolve(String(data).trim())));
  return line === 'none' || child.pid === undefined ? undefined : { pid: child.pid, port: Number(line) };
}

test('numbers of a port that another process shares are refused, whichever of the two is the target', async (t) => {
  const one = await sharing(t);
  const other = one && (await sharing(t, one.port));
  if (one === undefined || other === undefined) return t.skip('this node has no SO_REUSEPORT');
  const expvar = endpointOf(t, `http://127.0.0.1:${one.port}/debug/vars`);
  for (const [pid, another] of [
    [one.pid, other.pid],
    [other.pid, one.pid],
  ] as const) {
    const onBug = (error: unknown) => assert.fail(String(error));
    const watch = createWatch({ name: 'x', go: { expvar }, process: { by: 'pid', pid } }, { paths: here, onBug });
    t.after(() => watch.close());
    const { snapshot } = await watch.poll(AbortSignal.timeout(5000));
    assert.ok(!snapshot.go.ok && snapshot.go.reason === 'mismatch', JSON.stringify(snapshot.go));
    const shared = `^port ${one.port} is shared \\(SO_REUSEPORT\\) by process ${pid} and process ${another}, and either may answer`;
    assert.match(snapshot.go.detail, new RegExp(shared));
    assert.ok(snapshot.status.ok, 'the process stands for itself');
  }
});
