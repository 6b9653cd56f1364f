import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Child, startChild } from '../../../scripts/child.ts';
import { folder, until } from './processes.ts';

/** A shell that waits to be told, and then is another program: as an entrypoint of a container that ends with `exec`. */
export interface Becoming extends Child {
  /** Resolves when it is that program. */
  become(): Promise<void>;
}

/** Starts one for as long as the test runs; `command` is a program and its arguments. */
export async function startBecoming(t: TestContext, command: readonly string[]): Promise<Becoming> {
  const fifo = join(folder(t), 'go');
  execFileSync('mkfifo', [fifo]);
  const child = await startChild('shell', '/bin/sh', ['-c', 'read -r _ < "$0"; exec "$@"', fifo, ...command]);
  t.after(() => child.stop());
  const commandLine = () => readFileSync(`/proc/${child.pid}/cmdline`, 'utf8').split('\0').slice(0, -1).join(' ');
  await until(() => commandLine().startsWith('/bin/sh')); // setpriv(1) before it is another program too
  return {
    ...child,
    async become() {
      writeFileSync(fifo, '\n');
      await until(() => commandLine() === command.join(' '));
    },
  };
}
