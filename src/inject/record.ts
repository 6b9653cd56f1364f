import type { Problem } from './request.ts';

/** What memgap inject may have added besides its record. A field is named only where it was not there before. */
const additions = [
  'annotations',
  'container',
  'initContainers',
  'label',
  'labels',
  'metadata',
  'prometheus.io',
  'shareProcessNamespace',
] as const;

/** One thing that was added. */
export type Added = (typeof additions)[number];

/** The value of the annotation that says what was added, in an order of its own. */
export function printRecord(added: readonly Added[]): string {
  return additions.filter((each) => added.includes(each)).join(',');
}

/** What was added, out of that annotation. */
export function readRecord(text: string): readonly Added[] | Problem {
  const words = text.split(',');
  const known = additions.filter((each) => words.includes(each));
  return known.length === words.length
    ? known
    : { problem: 'its record of what was added is of another version of memgap: undo it with that one' };
}
