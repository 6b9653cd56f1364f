import { printable } from '../untrusted.ts';

/** Fields as a line of logfmt, as the Prometheus programs log; what is `undefined` is left out, and what is no text is JSON. */
export function logfmt(fields: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(fields).filter(([, value]) => value !== undefined);
  return `${pairs.map(([key, value]) => `${key}=${quoted(value)}`).join(' ')}\n`;
}

function quoted(value: unknown): string {
  const text = printable(typeof value === 'string' ? value : JSON.stringify(value instanceof Error ? described(value) : value), 2048);
  return /^[\w.:/+@-]+$/.test(text) ? text : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** An error in the words of pino's JSON; of what else it carries nothing, which may be anything. */
function described({ constructor: { name: type }, message, stack }: Error): object {
  return { type, message, stack };
}
