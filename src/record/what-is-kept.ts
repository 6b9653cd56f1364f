import { mountsOf } from '../files/mountinfo.ts';

/**
 * Sources that are replayed from the texts that they read. Of all others what they came to is kept, and nothing that they read: they look
 * into the target's memory, its executable or its environment, where secrets lie; and so does, until somebody says otherwise here, every
 * source that is new.
 */
const textual: ReadonlySet<string> = new Set(
  (
    'expvar metrics pprof_heap pprof_index stat status activity limits open_files smaps smaps_rollup cgroup cgroup_events ' +
    'cgroup_pressure cgroup_procs'
  ).split(' '),
);

/** Whether a source is replayed from what it read. */
export function isTextual(source: string): boolean {
  return textual.has(source);
}

/** What of a text is kept, by what it is; of a text without a line here nothing, so that no new read brings in a secret unseen. */
const texts: ReadonlyArray<{ readonly what: RegExp; readonly cut: (text: string) => string }> = [
  { what: /^\d+\/(stat|status|io|limits|smaps|smaps_rollup)$/, cut: whole },
  { what: /^\d+\/fdinfo\/\d+$/, cut: whole },
  { what: /^\d+\/fd$/, cut: whole }, // src/kernel/open-files/descriptors.ts has cut it
  { what: /^\d+\/net\/tcp6?$/, cut: whole }, // src/kernel/open-files/tcp-queues.ts has cut it
  { what: /^\d+\/net\/netstat$/, cut: octetsIn },
  { what: /^\d+\/maps$/, cut: lineBreaks },
  { what: /^\d+\/mountinfo$/, cut: mounts },
  { what: /^stat$/, cut: lineOf('btime') },
  { what: /^vmstat$/, cut: lineOf('oom_kill') },
  { what: /^\/sys\/kernel\/mm\/(transparent_hugepage|lru_gen)\/enabled$/, cut: whole },
  { what: /^cgroup \d+\/(.+\/)?(memory|cgroup)\.[\w.]+$/, cut: whole },
];

/** What is kept of a text; `undefined` for one of which nothing is. */
export function cutOf(what: string): ((text: string) => string) | undefined {
  return texts.find((each) => each.what.test(what))?.cut;
}

function whole(text: string): string {
  return text;
}

/** Mappings are only counted by it. */
function lineBreaks(text: string): string {
  return text.replaceAll(/[^\n]+/g, '');
}

/** The two lines that have InOctets. */
function octetsIn(text: string): string {
  return (text.match(/^IpExt: .*$/gm) ?? []).map((line) => `${line}\n`).join('');
}

function lineOf(key: string): (text: string) => string {
  const line = new RegExp(`^${key} \\d+$`, 'm');
  return (text) => `${line.exec(text)?.[0] ?? ''}\n`;
}

const memoryTypes = ['tmpfs', 'devtmpfs'];

/** Of mounts the types, and of those in memory where they are: not what is mounted, nor its options: they may hold credentials. */
function mounts(text: string): string {
  const kept = new Set(mountsOf(text, memoryTypes, text.length).map(({ id }) => String(id)));
  return text.replaceAll(/^(\d+) (\S+ \S+) \S+ (\S+).*? - (\S+) .*$/gm, (_, id: string, ids: string, point: string, type: string) => {
    return `${id} ${ids} / ${kept.has(id) ? point : '/'} rw - ${type} none rw`;
  });
}
