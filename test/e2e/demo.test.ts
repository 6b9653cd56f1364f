import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { locate } from '../programs.ts';
import { ran } from '../ran.ts';
import { until } from './memgap.ts';

const root = join(import.meta.dirname, '../..');

/** What `make demo` has started once scripts/demo.sh has seen that all is there. */
interface Demo {
  readonly child: ChildProcess;
  /** What it wrote, both streams. */
  said(): string;
  /** The folders that it and its programs made and have not removed. */
  folders(): readonly string[];
  /** Waits until something is so, and fails at once when the demo ends before. */
  until(isSo: () => boolean): Promise<void>;
  /** How it ended. */
  readonly end: Promise<unknown>;
}

/** The line of scripts/demo.sh that starts it, on the node of this test; a reason to skip where a part is missing. */
function startDemo(t: TestContext): Demo | string {
  const program = locate('prometheus');
  if (!program.ok) return program.detail;
  if (!existsSync(join(root, 'dist/memgap.cjs'))) return 'dist/memgap.cjs is not there, run: npm run build';
  const scratch = mkdtempSync(join(tmpdir(), 'memgap-demo-test-'));
  t.after(() => rmSync(scratch, { recursive: true, force: true }));
  // a test that times out leaves nothing
  const words = ['--pdeathsig', 'TERM', '--', process.execPath, '--import', 'tsx', 'scripts/demo.ts'];
  const env = { ...process.env, TMPDIR: scratch, MEMGAP_NODE: process.execPath, DEMO_SECONDS: '' };
  const child = spawn('setpriv', words, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  }
  const end = once(child, 'close').then(([code, signal]: unknown[]) => signal ?? code);
  return {
    child,
    said: () => text,
    folders: () => readdirSync(scratch).filter((name) => name.startsWith('memgap-')), // tsx has one there, too
    until: (isSo) =>
      until(() => {
        if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the demo has ended: ${text}`);
        return isSo();
      }),
    end,
  };
}

/** The pids of memgap and of Prometheus. */
function pidsOf(said: string): readonly [number, number] {
  const [, memgap, prometheus] = /^memgap \(pid (\d+)\) watches Debian's Prometheus \(pid (\d+)\)/m.exec(said) ?? [];
  return [Number(memgap), Number(prometheus)];
}

test('make demo explains a Prometheus, shows where to look, and Ctrl-C ends and removes all of it', async (t) => {
  const demo = startDemo(t);
  if (typeof demo === 'string') return t.skip(demo);
  await demo.until(() => /^Go runtime$(\n.*)*\n.* live heap .*\d/m.test(demo.said()));

  const [memgap, prometheus] = pidsOf(demo.said());
  assert.match(demo.said(), new RegExp(`^prometheus {2}pid ${prometheus} \\(prometheus\\)`, 'm'));
  for (const pid of [memgap, prometheus]) assert.ok(existsSync(`/proc/${pid}`), `${pid}`);
  assert.equal(demo.folders().length, 2, 'one of the demo, one of Prometheus');
  const urls = demo.said().match(/http:\/\/127\.0\.0\.1:\d+\/\S*/g) ?? [];
  assert.match(urls.join('\n'), /\/\n.*\/explain\?target=prometheus\n.*\/metrics\n.*\/classic\/graph\?/);
  for (const url of new Set(urls)) assert.equal((await fetch(url)).status, 200, url);
  const [, explanation = ''] = urls;
  assert.match(await (await fetch(explanation, { headers: { accept: 'text/plain' } })).text(), new RegExp(`pid ${prometheus} `));

  demo.child.kill('SIGINT');
  assert.equal(await demo.end, 0, demo.said());
  for (const pid of [memgap, prometheus]) assert.ok(!existsSync(`/proc/${pid}`), `${pid} is still there`);
  assert.deepEqual(demo.folders(), []);
  assert.match(demo.said(), /stopped: Prometheus and memgap are ended, and what they wrote is removed\n$/);
});

test('Ctrl-C while it starts ends it as well, and nothing is left', async (t) => {
  const demo = startDemo(t);
  if (typeof demo === 'string') return t.skip(demo);
  await demo.until(() => demo.folders().length === 2);
  demo.child.kill('SIGINT');
  assert.equal(await demo.end, 0, demo.said());
  assert.deepEqual(demo.folders(), []);
});

test('a reader that has gone (make demo | head) ends it, and nothing is left', async (t) => {
  const demo = startDemo(t);
  if (typeof demo === 'string') return t.skip(demo);
  await demo.until(() => demo.said().includes("watches Debian's Prometheus"));
  const pids = pidsOf(demo.said());
  demo.child.stdout?.destroy();
  assert.equal(await demo.end, 0, demo.said());
  for (const pid of pids) assert.ok(!existsSync(`/proc/${pid}`), `${pid} is still there`);
  assert.deepEqual(demo.folders(), []);
});

test('without Node.js, with an old one or without npm, make demo says what to install before it fetches anything', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'memgap-demo-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [, dirname] = /^(.*dirname)$/m.exec((await ran('sh', ['-c', 'command -v dirname'])).stdout) ?? [];
  symlinkSync(dirname ?? '', join(folder, 'dirname'));
  const demo = () => ran('/bin/sh', [join(root, 'scripts/demo.sh')], { PATH: folder });

  for (const node of [undefined, '#!/bin/sh\nexit 1\n']) {
    if (node !== undefined) writeFileSync(join(folder, 'node'), node, { mode: 0o755 });
    const { code, stderr } = await demo();
    assert.equal(code, 1);
    assert.match(stderr, /^demo: Node\.js 20\.18\.1 or newer is needed, with npm: .*\n$/);
  }
  rmSync(join(folder, 'node'));
  symlinkSync(process.execPath, join(folder, 'node'));
  const { code, stderr } = await demo();
  assert.equal(code, 1);
  assert.match(stderr, /^demo: npm is needed .*\n$/);
});
