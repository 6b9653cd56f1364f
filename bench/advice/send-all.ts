import { setTimeout as sleep } from 'node:timers/promises';
import type { Request } from '../../acceptance/accuracy/load.ts';
import { withDeadline } from '../../src/deadline.ts';

const workers = 4;
const longest = 30_000; // ms, for an answer

/**
 * Sends so many requests in so many seconds, four at a time, the nth as `next` makes it; later where they are not answered in time. Rejects
 * where one in ten has no good answer.
 */
export async function sendAll(
  address: string,
  { count, seconds }: { readonly count: number; readonly seconds: number },
  next: (index: number) => Request,
  signal: AbortSignal,
): Promise<void> {
  const begin = performance.now();
  let index = 0;
  let refused = 0;
  const work = async () => {
    while (index < count) {
      index += 1;
      const early = begin + (index / count) * seconds * 1000 - performance.now();
      const request = next(index);
      if (early > 0) await sleep(early, undefined, { signal });
      if (!(await send(address, request, signal))) refused += 1;
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  if (refused > count / 10) throw new Error(`${refused} of ${count} requests were refused`);
}

/** Each has a signal of its own: a fetch never takes its listener off the signal that it is given. */
async function send(address: string, { path, body }: Request, signal: AbortSignal): Promise<boolean> {
  return withDeadline(longest, [signal], async (own) => {
    const response = await fetch(`http://${address}${path}`, {
      signal: own,
      ...(body !== undefined && { method: 'POST', body, headers: { 'content-type': 'application/json' } }),
    });
    await response.arrayBuffer();
    return response.status < 500; // Prometheus refuses some of its queries by 422, whatever its limit
  });
}
