import type { Random } from './random.ts';

/** One kind of input: how it is made, which of memgap's own code it is fed to, and what must be true of what comes of it. */
export interface Kind {
  readonly name: string;
  /** Of the file that a failure is saved to. */
  readonly extension: string;
  /** How many of 1000 inputs are of this kind. */
  readonly weight: number;
  make(random: Random): Buffer;
  /** Throws where a property does not hold. `random` is decided by the input alone, so that a saved failure fails again. */
  check(input: Buffer, random: Random): void | Promise<void>;
}

/** A property that does not hold. */
export class Broken extends Error {
  override readonly name = 'Broken';
}
