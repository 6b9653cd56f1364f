import { missing, type Reading } from '../model/reading.ts';

/** The reading, or `timeout` as soon as `signal` aborts: whoever works at it is not stopped, and may be asked for it again. */
export function untilAborted<T>(reading: Promise<Reading<T>>, signal: AbortSignal, what: string): Promise<Reading<T>> {
  return new Promise((resolve, reject) => {
    const onAbort = () => resolve(missing('timeout', `${what}: no answer before the deadline`));
    reading.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) setImmediate(onAbort); // what is at hand comes all the same
  });
}
