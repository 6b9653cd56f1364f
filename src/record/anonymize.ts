import { anonymizedText } from './anonymize-text.ts';
import type { RecordedPoll, RecordedRead, RecordedRun, RecordedTarget, Recording } from './recording.ts';
import { createStandIns, type StandIns } from './stand-ins.ts';

/** A recording with stand-ins for every name: what it comes to is the same but for them. */
export function anonymized(recording: Recording): Recording {
  const names = createStandIns();
  const polls = recording.polls.map((poll) => pollWith(poll, names));
  const withNames = {
    ...recording,
    isAnonymous: true,
    target: targetWith(recording.target, names),
    procfs: names.path(recording.procfs),
    facts: Object.fromEntries(Object.entries(recording.facts).map(([name, fact]) => [name, valueWith(fact, name, names)])),
    polls,
  };
  return sentencesWith(withNames, names);
}

function targetWith({ name, labels, endpoints, hasProcess }: RecordedTarget, names: StandIns): RecordedTarget {
  const asked = Object.entries(endpoints).map(([kind, { url, socketPath }]) => {
    const shown = { url: names.url(url), ...(socketPath !== undefined && { socketPath: names.path(socketPath) }) };
    return [kind, shown] as const;
  });
  const url = Object.values(endpoints).find((endpoint) => endpoint.socketPath === undefined && new URL(endpoint.url).host === name)?.url;
  const spoken = url === undefined ? names.word(name, 'target') : new URL(names.url(url)).host;
  return {
    name: isNobodys(name) ? name : spoken,
    ...(labels && { labels: Object.fromEntries(Object.entries(labels).map(([key, label]) => [key, names.word(label, key)])) }),
    hasProcess,
    endpoints: Object.fromEntries(asked),
  };
}

function pollWith({ at, runs, reads, seconds }: RecordedPoll, names: StandIns): RecordedPoll {
  return {
    at,
    seconds,
    runs: mapped(
      runs,
      (run): RecordedRun => ({ ...run, ...(run.reading && { reading: valueWith(run.reading, '', names) as RecordedRun['reading'] }) }),
    ),
    reads: Object.fromEntries(
      Object.entries(reads).map(([key, list]) => [keyWith(key, names), list.map((kept) => keptWith(key, kept, names))]),
    ),
  };
}

function keptWith(key: string, kept: RecordedRead, names: StandIns): RecordedRead {
  if ('text' in kept) return { ...kept, text: anonymizedText(key, kept.text, names) };
  if ('value' in kept) return { value: valueWith(kept.value, key.includes(' cgroup ') ? 'group' : '', names) };
  return kept;
}

/** Child groups stand in it: `cgroup_procs cgroup 0/CHILD/cgroup.procs`. */
function keyWith(key: string, names: StandIns): string {
  return key.replace(
    /^(\w* cgroup \d+\/)(.+)(\/[\w.]+| children)$/,
    (_, before: string, child: string, after: string) => before + names.group(child) + after,
  );
}

/** Plain data with its names replaced, by the keys that they stand under. */
function valueWith(value: unknown, key: string, names: StandIns): unknown {
  if (Array.isArray(value)) return value.map((each) => valueWith(each, key, names));
  if (typeof value === 'string') return nameWith(value, key, names);
  if (typeof value !== 'object' || value === null) return value;
  const isGroup = key === 'group' || key === 'membership';
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      const inner = isGroup && (name === 'path' || name === 'names' || name === 'value' || name === 'group') ? 'group' : name;
      return [name, valueWith(each, inner, names)];
    }),
  );
}

function nameWith(text: string, key: string, names: StandIns): string {
  switch (key) {
    case 'group':
      return names.group(text);
    case 'path':
      return names.path(text);
    case 'mainModule':
      return names.word(text, 'module');
    case 'namespace':
    case 'pod':
      return names.word(text, key);
    case 'kernel':
      return /^\d+(\.\d+)*/.exec(text)?.[0] ?? '';
    default:
      return text;
  }
}

/** What memgap says of a gap, and where a mount is: done last, when all names are known. */
function sentencesWith<T>(value: T, names: StandIns): T {
  const sentences = new Map<string, string>();
  const text = JSON.stringify(value, (key, each: unknown) => {
    if (typeof each !== 'string' || (key !== 'detail' && key !== 'shown')) return each;
    const sentence = sentences.get(each) ?? names.sentence(each);
    sentences.set(each, sentence);
    return sentence;
  });
  return JSON.parse(text) as T;
}

function mapped<T>(lists: Readonly<Record<string, readonly T[]>>, change: (one: T) => T): Record<string, T[]> {
  return Object.fromEntries(Object.entries(lists).map(([key, list]) => [key, list.map(change)]));
}

/** What a target is called where nobody gave it a name. */
function isNobodys(name: string): boolean {
  return name === 'target' || /^pid \d+$/.test(name);
}
