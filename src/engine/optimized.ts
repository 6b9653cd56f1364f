import { setFlagsFromString } from 'node:v8';

/**
 * Does some long work of our own with V8's optimizing compiler, which bin/memgap turns off for the memory that it takes at each poll: a big
 * configuration is read in a third of the time. V8 asks for the flag whenever a function has become hot, so it can be turned at any time;
 * where it is not off, nothing is turned.
 */
export function optimized<T>(work: () => T): T {
  if (!process.execArgv.includes('--no-opt')) return work();
  setFlagsFromString('--opt');
  try {
    return work();
  } finally {
    setFlagsFromString('--no-opt');
  }
}
