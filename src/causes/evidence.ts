import type { Evidence } from './cause.ts';

/** A size in bytes that a cause rests on. */
export function size(what: string, value: number, source: string): Evidence {
  return { what, value, unit: 'bytes', source };
}

/** A share that a cause rests on, 1 being all. */
export function ratio(what: string, value: number, source: string): Evidence {
  return { what, value, unit: 'ratio', source };
}
