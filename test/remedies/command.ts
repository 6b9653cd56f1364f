import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { found, missing, type Reading } from '../../src/model/reading.ts';

const cache = process.env.MEMGAP_CACHE ?? join(import.meta.dirname, '../../.cache');
const fetched = join(cache, 'debian/go-newest/goroot/bin/go');

/** Whether the machine has a program; else a detail fit for `t.skip`. */
export function installed(program: string): Reading<string> {
  try {
    return found(execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim());
  } catch {
    return missing('not-found', `${program} is not installed`);
  }
}

/** What a shell prints for a line that memgap printed, with the places of a process put in. */
export function shell(line: string, { pid, address }: { readonly pid: number; readonly address?: string }): string {
  const whole = line.replaceAll('PID', String(pid)).replaceAll('URL', `http://${address}`);
  const folder = mkdtempSync(join(tmpdir(), 'memgap-shell-')); // go tool pprof keeps every profile that it fetches
  try {
    const env = { ...process.env, ...ofGo(), PPROF_TMPDIR: folder };
    return execFileSync('sh', ['-c', whole], { encoding: 'utf8', env, maxBuffer: 64 * 1024 ** 2 });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The Go of the cache before the machine's own; with the one of the cache nothing is fetched or written outside of it. */
function ofGo(): NodeJS.ProcessEnv {
  if (!existsSync(fetched)) return {};
  const home = join(cache, 'go/home');
  return {
    PATH: `${join(fetched, '..')}:${process.env.PATH}`,
    HOME: home,
    GOENV: 'off',
    GOTOOLCHAIN: 'local',
    GOPROXY: 'off',
    GOPATH: join(cache, 'go'),
    GOCACHE: join(cache, 'go/build-go-newest'),
  };
}

/** Whether there is a Go for `go tool`. */
export function locateGo(): Reading<string> {
  return existsSync(fetched) ? found(fetched) : installed('go');
}

/** What a program prints until it is interrupted, on either stream, while `use` runs. It is let begin first: it says something then. */
export async function printedWhile(line: string, pid: number, use: () => Promise<unknown>): Promise<string> {
  const [program = '', ...rest] = line.replaceAll('PID', String(pid)).split(' ');
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += String(data)));
  const end = once(child, 'close');
  await Promise.race([once(child.stderr, 'data'), end]);
  await use();
  child.kill('SIGINT');
  await end;
  return output;
}
