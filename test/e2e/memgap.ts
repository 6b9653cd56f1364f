import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from '../../scripts/child.ts';
import { type Ran, ran as ranAsItIs } from '../ran.ts';
import { type ReadFamily, readExposition } from '../serve/metrics/exposition.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'memgap-e2e-'));
after(() => rmSync(folder, { recursive: true, force: true }));

export type { Ran };

/** Everything runs on the node that runs the test. */
const environment = { ...process.env, MEMGAP_NODE: process.execPath };

let launcher: Promise<string> | undefined;

/**
 * The launcher beside a bundle of the sources as they are now, made once for a test file, or for all of them: what `npm run build` makes,
 * whether that was run or not.
 */
function installed(): Promise<string> {
  launcher ??= install();
  return launcher;
}

async function install(): Promise<string> {
  for (const name of ['bin', 'dist']) mkdirSync(join(folder, name));
  copyFileSync(join(root, 'bin/memgap'), join(folder, 'bin/memgap'));
  const bundle = join(folder, 'dist/memgap.cjs');
  const made = process.env.MEMGAP_TEST_BUNDLE; // by scripts/test.sh, for all test files
  if (made !== undefined) {
    cpSync(dirname(made), dirname(bundle), { recursive: true });
  } else {
    const { code, stderr } = await ran(process.execPath, [join(root, 'scripts/build.mjs'), join(root, 'src/main.ts'), bundle]);
    if (code !== 0) throw new Error(`no bundle: ${stderr}`);
  }
  return join(folder, 'bin/memgap');
}

/** Runs memgap to its end; `extra` adds to the environment. */
export async function memgap(args: readonly string[], extra: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return ran(await installed(), args, extra);
}

/** The command line of memgap for a shell, for programs that start it themselves. */
export async function memgapCommand(args: readonly string[]): Promise<string> {
  return [await installed(), ...args].map((word) => `'${word}'`).join(' ');
}

/** Runs a command to its end; a memgap in it runs on the node of the test. */
export function ran(command: string, args: readonly string[], extra: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return ranAsItIs(command, args, { ...environment, ...extra });
}

/** An answer of memgap's. */
interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/** A running `memgap serve`. */
export interface Serving extends Child {
  readonly url: string;
  /** All that it logged, as it wrote it. */
  log(): string;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Page>;
  /** The families of a page of metrics, read strictly. */
  metrics(path?: string): Promise<Metrics>;
}

let servers = 0;

/**
 * Starts `memgap serve` on a free port of loopback, after a command of the shell if one is given (`ulimit -n 64`); it ends with the test.
 */
export async function serveMemgap(t: TestContext, args: readonly string[], before = ':'): Promise<Serving> {
  servers += 1;
  const file = writeConfig(`${servers}.log`, '');
  const words = [await installed(), 'serve', ...args, '--web.listen-address', '127.0.0.1:0'];
  const child = await startChild('memgap', 'sh', ['-c', `${before}; exec "$@" 2>"$0"`, file, ...words], environment);
  t.after(() => child.stop());
  const log = () => readFileSync(file, 'utf8');
  const url = await addressOf(child, log);
  async function get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Page> {
    const response = await fetch(url + path, { headers: { accept: 'text/plain', ...headers }, redirect: 'error' });
    return { status: response.status, type: response.headers.get('content-type') ?? '', body: await response.text() };
  }
  return { ...child, url, log, get, metrics: async (path = '/metrics') => metricsOf((await get(path)).body) };
}

async function addressOf(child: Child, log: () => string): Promise<string> {
  let port: string | undefined;
  await until(() => {
    if (child.ended() !== undefined) throw new Error(`memgap: ${child.ended()}\n${log()}`);
    const [line = ''] = /^.*msg="memgap listens".*\n/m.exec(log()) ?? [];
    port = /127\.0\.0\.1:(\d+)/.exec(line)?.[1]; // the first of its addresses
    return port !== undefined;
  });
  return `http://127.0.0.1:${port}`;
}

/** One page of metrics, to be asked. */
export interface Metrics {
  readonly families: ReadonlyMap<string, ReadFamily>;
  /** The value of the one sample that has these labels among its own; `undefined` when there is none. */
  value(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
  /** All values of a family, by one of its labels. */
  by(name: string, label: string, labels?: Readonly<Record<string, string>>): Readonly<Record<string, number>>;
}

/** Reads a page of metrics in text format; throws where it is wrong. */
export function metricsOf(body: string): Metrics {
  const families = readExposition(body, 'text');
  function samples(name: string, labels: Readonly<Record<string, string>>) {
    const all = families.get(name)?.samples ?? [];
    return all.filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value));
  }
  return {
    families,
    value(name, labels = {}) {
      const found = samples(name, labels);
      if (found.length > 1) throw new Error(`${found.length} samples of ${name} ${JSON.stringify(labels)}`);
      return found[0]?.value;
    },
    by: (name, label, labels = {}) => Object.fromEntries(samples(name, labels).map((sample) => [sample.labels[label] ?? '', sample.value])),
  };
}

/** The sum of a partition. */
export function sum(parts: Readonly<Record<string, number>>): number {
  return Object.values(parts).reduce((total, part) => total + part, 0);
}

/** A file of this test file's own. */
export function writeConfig(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Waits until something is so, however often that must be asked, for three minutes at most. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 180_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not so within 3 minutes: ${isSo}`);
    await sleep(50);
  }
}
