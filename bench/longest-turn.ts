import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Variant } from './variants.ts';

/**
 * At the first SIGUSR2 it begins to watch the event loop, at the second it writes the milliseconds of the longest turn into turns-PID
 * beside it.
 */
const hook = `
const { writeFileSync, renameSync } = require('node:fs');
const { monitorEventLoopDelay } = require('node:perf_hooks');
const turns = monitorEventLoopDelay({ resolution: 1 });
const told = require('node:path').join(__dirname, 'turns-' + process.pid);
let watches = false;
process.on('SIGUSR2', () => {
  if (watches) turns.disable();
  else turns.reset(), turns.enable();
  writeFileSync(told + '.new', String(watches ? turns.max / 1e6 : 0));
  renameSync(told + '.new', told);
  watches = !watches;
});
`;

/** A variant whose event loop `longestTurn` can watch; its hook is written into that folder. */
export function watched(variant: Variant, folder: string): Variant {
  const file = join(folder, 'turns.cjs');
  writeFileSync(file, hook);
  return { ...variant, flags: [...variant.flags, '--require', file] };
}

/** Milliseconds of the longest turn of the event loop of such a process while `work` goes on, up to 1 of them the timer's that watches. */
export async function longestTurn(pid: number, folder: string, work: () => Promise<unknown>): Promise<number> {
  const told = join(folder, `turns-${pid}`);
  const signal = async () => {
    rmSync(told, { force: true });
    process.kill(pid, 'SIGUSR2');
    while (!existsSync(told)) await sleep(5);
    return Number(readFileSync(told, 'utf8'));
  };
  await signal();
  await work();
  return signal();
}
