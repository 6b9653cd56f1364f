import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from '../../scripts/child.ts';
import type { Prepared } from './prepare.ts';
import type { Started } from './start.ts';

const first = 1000; // ms

/** Runs the subject's probe in its group every few seconds, as the kubelet runs an exec probe, while `work` is under way. */
export async function withProbe<T>({ subject, program }: Prepared, { group }: Started, work: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const pause = (milliseconds: number) => sleep(milliseconds, undefined, { signal: over.signal }).catch(() => undefined);
  const probing = async ({ args, every }: NonNullable<typeof subject.probe>) => {
    const [shell, ...words] = group.enter;
    await pause(first);
    while (!over.signal.aborted) {
      const child = await startChild('probe', shell, [...words, program, ...args]);
      await child.end;
      await pause(every * 1000);
    }
  };
  const beside = subject.probe === undefined ? undefined : probing(subject.probe);
  try {
    return await work();
  } finally {
    over.abort();
    await beside;
  }
}
