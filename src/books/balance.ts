import { found, missing, type Reading } from '../model/reading.ts';
import { type Bytes, bytes } from '../model/units.ts';

/** A partition that adds up: the sum of `components` and `unattributed` is `total`, to the byte. What is not known is absent. */
export interface Book<Component extends string> {
  readonly total: Bytes;
  readonly components: Readonly<Partial<Record<Component, Bytes>>>;
  /** Signed: more may have been booked than the total says, where the two were not read at one instant. */
  readonly unattributed: Bytes;
}

/**
 * Closes a book. `parts` lists every component, `undefined` for one that could not be told: its bytes stay in `unattributed`.
 * A book that does not balance to the byte (a number beyond 2^53, a fraction, a negative part) is `malformed`, never published.
 */
export function balance<Component extends string>(
  name: string,
  total: Bytes,
  parts: Readonly<Record<Component, Bytes | undefined>>,
): Reading<Book<Component>> {
  const components: Partial<Record<Component, Bytes>> = {};
  let sum = 0;
  for (const component in parts) {
    const size = parts[component];
    if (size === undefined) continue;
    if (!Number.isSafeInteger(size) || size < 0) return missing('malformed', `the ${name} book has ${size} bytes of ${component}`);
    components[component] = size;
    sum += size;
  }
  const unattributed = total - sum;
  if (!Number.isSafeInteger(total) || !Number.isSafeInteger(sum) || sum + unattributed !== total) {
    return missing('malformed', `the ${name} book does not balance: ${sum} booked of ${total}`);
  }
  return found({ total, components, unattributed: bytes(unattributed) });
}
