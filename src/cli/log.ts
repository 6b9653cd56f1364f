import { writeSync } from 'node:fs';
import { escapeInJson, printable } from '../untrusted.ts';

/** The log levels that `--log.level` takes. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;

/** The log formats that `--log.format` takes. */
export const logFormats = ['logfmt', 'json'] as const;

type Level = (typeof logLevels)[number];

/** One line an event: static text, data in fields. */
type Log = Readonly<Record<Level, (fields: object, message: string) => void>>;

/**
 * A logger on standard error, synchronous. JSON is pino's. What pino makes is JSON, whatever it is given: its hook `streamWrite` must
 * return JSON again, and a destination with metadata gets the fields beside a line of JSON that was made for nothing. So logfmt, the
 * default, has a logger of its own, and pino, which takes 14 ms of CPU and 0.3 MiB to load, is loaded where it prints.
 */
export async function createLogger(level: Level, format: (typeof logFormats)[number], write = toStderr): Promise<Log> {
  if (format === 'logfmt') return logfmtLogger(level, write);
  const { pino } = await import('pino');
  const formatters = { level: (label: string) => ({ level: label }) };
  const settings = { level, base: null, timestamp: () => `,"ts":"${new Date().toISOString()}"`, formatters };
  const log: Log = pino(settings, { write: (line) => write(escapeInJson(line)) });
  return log;
}

function logfmtLogger(minLevel: Level, write: (line: string) => void): Log {
  const logs = (level: Level) => {
    if (logLevels.indexOf(level) < logLevels.indexOf(minLevel)) return () => {};
    return (fields: object, message: string) => write(logfmt({ ts: new Date().toISOString(), level, msg: message, ...fields }));
  };
  return { debug: logs('debug'), info: logs('info'), warn: logs('warn'), error: logs('error') };
}

function toStderr(line: string): void {
  try {
    writeSync(2, line);
  } catch {
    // standard error is closed, or a full pipe: nobody reads it, and the exporter goes on
  }
}

/** Fields as a line of logfmt, as the Prometheus programs log; what is `undefined` is left out, and what is no text is JSON. */
function logfmt(fields: Readonly<Record<string, unknown>>): string {
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
