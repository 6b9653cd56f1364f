import { writeSync } from 'node:fs';
import { type Logger, pino } from 'pino';
import { escapeInJson, printable } from '../untrusted.ts';

/** The log levels that `--log.level` takes. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;

/** The log formats that `--log.format` takes. */
export const logFormats = ['logfmt', 'json'] as const;

/** A logger on standard error: one line an event, static text, data in fields. Synchronous and without transports, which cost 10 to 20 MB each. */
export function createLogger(
  level: (typeof logLevels)[number],
  format: (typeof logFormats)[number],
  write: (line: string) => void = toStderr,
): Logger {
  const json = { level: (label: string) => ({ level: label }) };
  const settings = { level, base: null, timestamp: () => `,"ts":"${new Date().toISOString()}"`, formatters: json };
  return pino(settings, { write: (line) => write(format === 'json' ? escapeInJson(line) : logfmt(line)) });
}

function toStderr(line: string): void {
  try {
    writeSync(2, line);
  } catch {
    // standard error is closed, or a full pipe: nobody reads it, and the exporter goes on
  }
}

/** A line of pino's JSON as logfmt, as the Prometheus programs log. */
function logfmt(line: string): string {
  const { ts, level, msg, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const pairs = Object.entries({ ts, level, msg, ...rest });
  return `${pairs.map(([key, value]) => `${key}=${quoted(value)}`).join(' ')}\n`;
}

function quoted(value: unknown): string {
  const text = printable(typeof value === 'string' ? value : JSON.stringify(value), 2048);
  return /^[\w.:/+@-]+$/.test(text) ? text : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
