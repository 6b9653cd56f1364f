import { Broken, type Kind } from './kind.ts';
import { createRandom, hashOf } from './random.ts';

/** An input for which a property does not hold. */
export interface Failure {
  readonly kind: Kind;
  readonly input: Buffer;
  readonly message: string;
  /** Which input of its seed it was. */
  readonly index: number;
}

/** Why an input fails, as one line; `undefined` when it does not. */
export async function failureOf(kind: Kind, input: Buffer): Promise<string | undefined> {
  try {
    await kind.check(input, createRandom(hashOf(input)));
    return undefined;
  } catch (error) {
    if (error instanceof Broken) return error.message;
    const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    const place =
      stack
        .split('\n')
        .find((line) => line.includes('/src/'))
        ?.trim() ?? '';
    return `${name}: ${message} ${place.replace(/\(?(?:file:\/\/)?\/.*\/src\//, '(src/')}`;
  }
}

/** One input of a seed. */
export function inputOf(kind: Kind, seed: number, index: number): Buffer {
  return kind.make(createRandom(hashOf(`${seed} ${kind.name} ${index}`)));
}

/** Feeds a kind the inputs of a seed from `first` on; of failures that differ in numbers only the first is kept. */
export async function run(
  kind: Kind,
  seed: number,
  first: number,
  count: number,
  at: (index: number) => void = () => undefined,
): Promise<readonly Failure[]> {
  const failures: Failure[] = [];
  const seen = new Set<string>();
  for (let index = first; index < first + count; index += 1) {
    at(index);
    const input = inputOf(kind, seed, index);
    const message = await failureOf(kind, input);
    if (message === undefined) continue;
    const group = groupOf(message);
    if (seen.has(group)) continue;
    seen.add(group);
    const least = await smaller(kind, input, group);
    failures.push({ kind, input: least, message: (await failureOf(kind, least)) ?? message, index });
  }
  return failures;
}

/** What is the same fault with other numbers. */
function groupOf(message: string): string {
  return message.replaceAll(/\d+/g, 'N').slice(0, 60);
}

const tries = 300;

/** The same failure by less: pieces are left out while it fails, with a bound on the tries. */
async function smaller(kind: Kind, input: Buffer, group: string): Promise<Buffer> {
  let least = input;
  let left = tries;
  for (let size = Math.ceil(input.length / 2); size >= 1 && left > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < least.length && left > 0; left -= 1) {
      const less = Buffer.concat([least.subarray(0, at), least.subarray(at + size)]);
      const message = await failureOf(kind, less);
      if (message !== undefined && groupOf(message) === group) least = less;
      else at += size;
    }
  }
  return least;
}
