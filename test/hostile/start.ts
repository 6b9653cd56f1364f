import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from '../../scripts/child.ts';

/** A running hostile program (main.go says what it does). */
export interface Hostile {
  /** The process to be watched, which is another's child where that serves its executable. */
  readonly pid: number;
  /** `127.0.0.1:PORT`; `undefined` where there is no endpoint. */
  readonly address: string | undefined;
  stop(): Promise<void>;
}

/** Starts one that answers at `/KIND/NAME/...` as that family does. */
export async function startPages(path: string): Promise<Hostile> {
  return readied(await startChild('hostile', path, ['serve', '127.0.0.1:0']));
}

/** Starts one that becomes the process of a family; rejects where this machine does not let it. */
export async function startProcess(path: string, name: string): Promise<Hostile> {
  const folder = mkdtempSync(join(tmpdir(), 'memgap-hostile-'));
  const child = await startChild(`hostile ${name}`, path, ['be', name, folder]);
  const stop = async () => {
    if (name === 'stopped') process.kill(child.pid, 'SIGCONT'); // SIGTERM waits for it
    await child.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { ...(await readied(child)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A file on FUSE, below the root of the process that serves it. Never open it in this process: it would hang with it. */
export interface HangingFile {
  readonly file: string;
  /** Resolves when no question about it is answered any more. */
  hang(): Promise<void>;
  /** Resolves when they are again. */
  answer(): Promise<void>;
  stop(): Promise<void>;
}

/** Serves a file with this text; rejects where this machine does not let it. */
export async function startFile(path: string, text: string): Promise<HangingFile> {
  const folder = mkdtempSync(join(tmpdir(), 'memgap-hostile-'));
  const mountpoint = join(folder, 'mnt');
  mkdirSync(mountpoint);
  writeFileSync(join(folder, 'content'), text);
  const child = await startChild('hostile file', path, ['file', mountpoint, join(folder, 'content')]);
  const stop = async () => {
    await child.stop();
    rmSync(folder, { recursive: true, force: true }); // what was mounted was seen by the child alone
  };
  async function tell(signal: NodeJS.Signals): Promise<void> {
    const said = child.lines().length;
    process.kill(child.pid, signal);
    while (child.lines().length === said) await sleep(10);
  }
  try {
    const { pid } = await readied(child);
    const file = join('/proc', String(pid), 'root', mountpoint, 'program');
    return { file, hang: () => tell('SIGUSR1'), answer: () => tell('SIGUSR2'), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A minute is more than any family takes, on a machine that does much else. */
const readyWithin = 60_000;

async function readied(child: Child): Promise<Hostile> {
  for (const begin = performance.now(); ; await sleep(10)) {
    const [, pid, address] = /^ready (\d+) (.+)$/m.exec(child.lines().join('\n')) ?? [];
    if (pid !== undefined) return { pid: Number(pid), address: address === '-' ? undefined : address, stop: child.stop };
    const why = child.ended() ?? (performance.now() - begin > readyWithin ? 'not ready within a minute' : undefined);
    if (why !== undefined) throw new Error(`${child.name}: ${why}\n${child.lines().join('\n')}`);
  }
}
