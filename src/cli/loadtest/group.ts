import { setTimeout as sleep } from 'node:timers/promises';

const look = 50; // milliseconds between two looks whether it is gone
const afterKill = 1000; // milliseconds: what is still there then is a zombie that nobody reaps (a container without an init), or another user's

/** Ends a process group, its leader gone or not: SIGTERM, after `patience` milliseconds SIGKILL. Whether none of it is left. */
export async function endGroup(leader: number, patience: number): Promise<boolean> {
  signalGroup(leader, 'SIGTERM');
  if (await isGoneWithin(leader, patience)) return true;
  signalGroup(leader, 'SIGKILL');
  return isGoneWithin(leader, afterKill);
}

/** False when there is no such group any more. */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'; // it is there, and has become another user's
  }
}

async function isGoneWithin(leader: number, milliseconds: number): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  while (signalGroup(leader, 0)) {
    if (performance.now() >= deadline) return false;
    await sleep(look);
  }
  return true;
}
