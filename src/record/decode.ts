import { gunzipSync } from 'node:zlib';
import * as v from 'valibot';
import { budgets } from '../budgets.ts';
import { found, missing, type Reading } from '../model/reading.ts';
import { formatBytes } from '../model/units.ts';
import { format } from './encode.ts';
import type { RecordedRead, Recording } from './recording.ts';

const data = v.custom<unknown>((value) => isPlain(value, ''), 'numbers and names');
const gap = v.strictObject({ ok: v.literal(false), reason: v.pipe(v.string(), v.regex(/^[a-z-]{1,16}$/)), detail: v.string() });
const reading = v.union([v.strictObject({ ok: v.literal(true), value: data }), gap]);
const yes = v.optional(v.literal(true));
const number = v.pipe(v.number(), v.finite());
const kept = v.union([
  v.strictObject({ text: v.pipe(v.number(), v.integer(), v.minValue(0)), cut: yes, torn: yes, end: v.optional(reading) }),
  v.strictObject({ missing: gap, begun: yes }),
  v.strictObject({ value: v.optional(v.union([reading, data])) }),
]);
const poll = v.strictObject({
  at: number,
  runs: v.record(v.string(), v.array(v.strictObject({ seconds: number, late: yes, reading: v.optional(reading) }))),
  reads: v.record(v.string(), v.array(kept)),
  seconds: v.record(v.string(), v.array(number)),
});
const endpoint = v.strictObject({ url: v.pipe(v.string(), v.url()), socketPath: v.optional(v.string()) });
const labels = v.strictObject({ namespace: v.optional(v.string()), pod: v.optional(v.string()), container: v.optional(v.string()) });
const recording = v.strictObject({
  format: v.literal(format),
  about: v.strictObject({
    memgap: v.string(),
    isAnonymous: v.boolean(),
    target: v.strictObject({
      name: v.string(),
      labels: v.optional(labels),
      hasProcess: v.boolean(),
      endpoints: v.strictObject({ pprof: v.optional(endpoint), expvar: v.optional(endpoint), metrics: v.optional(endpoint) }),
    }),
    procfs: v.pipe(v.string(), v.startsWith('/')),
    memoryReads: v.boolean(),
    environ: v.boolean(),
    facts: v.pipe(
      v.record(v.string(), v.unknown()),
      v.check((facts) => isPlain(facts, '')),
    ),
  }),
  polls: v.pipe(v.array(poll), v.minLength(1), v.maxLength(budgets.recordedPolls.maxEntries)),
  texts: v.array(v.string()),
});

/** The recording in the bytes of a file, which anybody may have made; a clause where there is none. */
export function decodeRecording(bytes: Buffer): Reading<Recording> {
  if (bytes.length < 2 || bytes[0] !== 0x1f || bytes[1] !== 0x8b)
    return missing('malformed', 'it is no file of memgap record: it is not packed by gzip');
  let text: string;
  try {
    text = gunzipSync(bytes, { maxOutputLength: budgets.recordedTexts.maxBytes }).toString('utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') return tooLarge;
    return missing('malformed', 'it is damaged or cut off: gzip can not unpack it');
  }
  return parseRecording(text);
}

/** The same of the JSON in it. */
export function parseRecording(text: string): Reading<Recording> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return missing('malformed', 'it is no file of memgap record: it holds no JSON');
  }
  const version = v.safeParse(v.object({ format: v.number() }), json);
  if (!version.success) return missing('malformed', 'it is no file of memgap record: it has no format');
  if (version.output.format > format)
    return missing('unsupported', `its format is ${version.output.format}, and this memgap reads ${format}: a newer one made it`);
  const checked = v.safeParse(recording, json, { abortEarly: true });
  if (!checked.success)
    return missing('malformed', `it is damaged: ${v.getDotPath(checked.issues[0]) ?? 'it'} is not as memgap record writes it`);
  return withTexts(checked.output);
}

function withTexts({ about, polls, texts }: v.InferOutput<typeof recording>): Reading<Recording> {
  let left: number = budgets.replayedTexts.maxBytes;
  let isDamaged = false;

  function textOf(index: number): string {
    const text = texts[index];
    isDamaged ||= text === undefined;
    left -= text?.length ?? 0;
    return text ?? '';
  }
  const whole = polls.map((each) => ({
    ...each,
    reads: mapped(each.reads, (one) => ('text' in one ? { ...one, text: textOf(one.text) } : one) as RecordedRead),
  }));
  if (isDamaged) return missing('malformed', 'it is damaged: a text that it names is not in it');
  if (left < 0) return tooLarge;
  return found({ ...about, polls: whole } as Recording);
}

const tooLarge = missing(
  'too-large',
  `what is packed in it is longer than ${formatBytes(budgets.recordedTexts.maxBytes)}, or named too often`,
);

function mapped<T, U>(lists: Readonly<Record<string, readonly T[]>>, change: (one: T) => U): Record<string, U[]> {
  return Object.fromEntries(Object.entries(lists).map(([key, list]) => [key, list.map(change)]));
}

/** Where a value of a recording holds text; anywhere else a string is none of ours, and could pass for a number. */
const textKeys: ReadonlySet<string> = new Set(
  'namespace pod kernel key via path group shown detail program device goVersion mainModule goarch names'.split(' '),
);

/** What limits of Go's and ends of readings are instead of a number. */
const textWords: ReadonlySet<string> = new Set(['off', 'all', 'some', 'read']);

/** Whether a value is plain data with text only where there is some: what else a file holds must not come to a page or a terminal. */
function isPlain(value: unknown, key: string): boolean {
  if (typeof value === 'string') return textKeys.has(key) || textWords.has(value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) return true;
  if (Array.isArray(value)) return value.every((each) => isPlain(each, key));
  return typeof value === 'object' && Object.entries(value).every(([name, each]) => isPlain(each, name));
}
