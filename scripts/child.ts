import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { printable } from '../src/untrusted.ts';

/** A program that runs beside this one, and never longer than it. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** The last lines that it wrote, both streams, oldest first. */
  lines(): readonly string[];
  /** How it ended, for a person: `exit code 1`, `signal SIGKILL`; `undefined` while it runs. */
  ended(): string | undefined;
  /** Resolves when it has ended, with how. */
  readonly end: Promise<string>;
  /** SIGTERM, and SIGKILL after five seconds; resolves when it is gone. Stopping twice does no harm. */
  stop(): Promise<void>;
}

const kept = 40;

/**
 * Starts a program whose standard input is a pipe that closes with this process. A process of its own group, so that Ctrl-C reaches it
 * by `stop` alone; setpriv(1) has the kernel end it when this process dies without a word (a test that timed out). Rejects when it can't
 * start.
 */
export async function startChild(
  name: string,
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Child> {
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', command, ...args], {
    detached: true,
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const lines = collect(child);
  await once(child, 'spawn');
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} has no pid`);

  let how: string | undefined;
  const end = once(child, 'close').then(([code, signal]: unknown[]) => {
    how = signal === null ? `exit code ${code}` : `signal ${signal}`;
    return how;
  });
  return { name, pid, lines: () => lines, ended: () => how, end, stop: () => stop(child, end) };
}

function collect({ stdout, stderr }: ChildProcess): string[] {
  const lines: string[] = [];
  for (const stream of [stdout, stderr]) {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n');
      rest = (parts.pop() ?? '').slice(0, 4096);
      lines.push(...parts.map((part) => printable(part)));
      lines.splice(0, lines.length - kept);
    });
  }
  return lines;
}

async function stop(child: ChildProcess, end: Promise<string>): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await end;
  clearTimeout(timer);
}

/** Resolves with the body when `url` answers 200; rejects when the child ends or the milliseconds are over, with the child's last lines. */
export async function answer(child: Child, url: string, within = 30_000): Promise<string> {
  const deadline = Date.now() + within;
  for (;;) {
    const body = await bodyOf(url);
    if (body !== undefined) return body;
    const why = child.ended() ?? (Date.now() > deadline ? `no answer from ${url} in ${within / 1000} s` : undefined);
    if (why !== undefined) throw new Error([`${child.name}: ${why}`, ...child.lines().slice(-10)].join('\n  '));
    await sleep(100);
  }
}

async function bodyOf(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { headers: { accept: 'text/plain' }, redirect: 'error', signal: AbortSignal.timeout(2_000) });
    const body = await response.text();
    return response.ok ? body : undefined;
  } catch {
    return undefined; // not listening yet
  }
}

/**
 * A loopback port that is free, for a program that cannot say which one it was given, or for nobody. None of those that the kernel hands
 * out by itself (net.ipv4.ip_local_port_range, from 32768): one of them that was free a moment ago is soon another test's.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries += 1) {
    const port = 10_000 + Math.floor(Math.random() * 22_000);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await new Promise<boolean>((resolve) =>
      server.once('listening', () => resolve(true)).once('error', () => resolve(false)),
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
  throw new Error('no port from 10000 to 31999 is free');
}
