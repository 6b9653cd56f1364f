import { spawn } from 'node:child_process';

/** What a command that ended left behind. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end; `extra` adds to the environment. */
export function ran(command: string, args: readonly string[], extra: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const child = spawn(command, args, { env: { ...process.env, ...extra }, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  }
  return new Promise((resolve, reject) => child.once('error', reject).once('close', (code) => resolve({ code, ...texts })));
}
