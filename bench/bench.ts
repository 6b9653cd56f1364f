import type { Installation } from './memgap.ts';
import type { Table } from './table.ts';
import type { NodeBinary } from './variants.ts';

/** What every bench gets: what to run, on which nodes, and where to tell that it is still at work. */
export interface BenchContext {
  readonly installation: Installation;
  readonly nodes: readonly NodeBinary[];
  readonly say: (text: string) => void;
}

/** Measures something, in two minutes or so; what can't be measured here is a note in the table, not an error. */
export type Bench = (context: BenchContext) => Promise<readonly Table[]>;
