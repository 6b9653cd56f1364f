import type { GoNumbers } from '../model/go.ts';
import type { ProcessIdentity } from '../model/process.ts';
import type { Reading } from '../model/reading.ts';
import type { GoRead } from './go-endpoints.ts';
import type { Program } from './kept.ts';
import type { Recorder } from './recorder.ts';
import { sources } from './sources.ts';
import { layoutOf, type Walk } from './walk.ts';

/** Whom the Go numbers of one poll are asked of, on both sides of a bracket: an endpoint, else the target's memory. */
export interface GoSource {
  /** The numbers from before the process is read. */
  readonly first: Reading<GoNumbers>;
  /** Reads them once more, where things may lie as the last walk shows; absent where there is nobody to ask. `onTaken`: see Source. */
  readonly again: ((lastWalk: Walk | undefined, onTaken: () => void) => Promise<Reading<GoNumbers>>) | undefined;
  /** Reads the target's memory, whether or not an endpoint answers; absent where that is not allowed. */
  readonly fromMemory: ((lastWalk: Walk | undefined) => Promise<Reading<GoNumbers>>) | undefined;
  /** What came of it, with the name of where it is from. */
  named(go: Reading<GoNumbers>): GoRead;
}

/** Asks the endpoints, and finds out whether it is they or the memory. */
export async function findGoSource(
  { endpoints, memory }: Pick<Program, 'endpoints' | 'memory'>,
  process: ProcessIdentity,
  recorder: Recorder,
  signal: AbortSignal,
): Promise<GoSource> {
  const asked = await endpoints.read(recorder, signal);
  const fromMemory = memory && ((lastWalk: Walk | undefined) => memory.read(recorder, process, layoutOf(lastWalk), signal));
  if (asked.reading.ok || fromMemory === undefined) {
    const further = (_: Walk | undefined, onTaken: () => void) => endpoints.again(recorder, signal, onTaken);
    const again = asked.reading.ok ? further : undefined;
    return { first: asked.reading, again, fromMemory, named: (go) => ({ ...asked, reading: go }) };
  }
  const first = memory?.isPlaced() === true ? await fromMemory(undefined) : asked.reading;
  const ofMemory = { source: sources.runtime_memory.name, endpoint: undefined };
  return { first, again: fromMemory, fromMemory, named: (go) => (go.ok ? { ...ofMemory, reading: go } : asked) };
}

/** A read of the Go numbers that has been begun. */
export interface Begun {
  readonly whole: Promise<Reading<GoNumbers>>;
  /** Their values were known to be taken before the answer was whole. */
  readonly isEarly: boolean;
}

/** Resolves when the values are taken, or with the whole answer of a source that does not say when. */
export function begin(read: (onTaken: () => void) => Promise<Reading<GoNumbers>>): Promise<Begun> {
  return new Promise((resolve) => {
    const whole = read(() => resolve({ whole, isEarly: true }));
    void whole.then(() => resolve({ whole, isEarly: false }));
  });
}
