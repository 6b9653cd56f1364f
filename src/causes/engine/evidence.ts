import type { Evidence } from './cause.ts';

/** A size in bytes that a cause rests on. */
export function size(what: string, value: number, source: string): Evidence {
  return { what, value, unit: 'bytes', source };
}

/** A share that a cause rests on, 1 being all. */
export function ratio(what: string, value: number, source: string): Evidence {
  return { what, value, unit: 'ratio', source };
}

/** A number of things that a cause rests on. */
export function count(what: string, value: number, source: string): Evidence {
  return { what, value, unit: 'count', source };
}

/** How fast something grows, that a cause rests on. */
export function perHour(what: string, value: number, source: string): Evidence {
  return { what, value, unit: 'bytes an hour', source };
}

/** A span of time that a cause rests on. */
export function seconds(what: string, value: number, source: string): Evidence {
  return { what, value, unit: 'seconds', source };
}

/** How fast something flows, that a cause rests on. */
export function perSecond(what: string, value: number, source: string): Evidence {
  return { what, value, unit: 'bytes a second', source };
}
