import { ledgerJson } from '../../../src/answer/document.ts';
import { explainHtml } from '../../../src/answer/html.ts';
import { explainText } from '../../../src/answer/text.ts';
import { ledgerOf } from '../../../src/books/ledger.ts';
import { rssBook } from '../../../src/books/owners/book.ts';
import { memoryToLookAt, rangesToLookUp } from '../../../src/books/owners/choose/questions.ts';
import { nothingSeen } from '../../../src/books/owners/seen.ts';
import { judge } from '../../../src/causes/engine/judge.ts';
import { causes } from '../../../src/causes/index.ts';
import type { TargetState } from '../../../src/causes/state.ts';
import { createHistory } from '../../../src/history/history.ts';
import { judgeLoad } from '../../../src/loadtest/judge.ts';
import type { Phase } from '../../../src/loadtest/measure.ts';
import { loadtestText } from '../../../src/loadtest/text.ts';
import type { Mapping } from '../../../src/model/mapping.ts';
import { found } from '../../../src/model/reading.ts';
import type { Snapshot } from '../../../src/model/snapshot.ts';
import { metricsPage } from '../../../src/serve/metrics/page.ts';
import { recorded } from '../../books/owners/evidence.ts';
import { fullBook, fullSnapshot } from '../../serve/metrics/states.ts';
import { Broken, type Kind } from '../kind.ts';
import { balanced, numbersIn, showable, sound } from '../properties.ts';
import type { Random } from '../random.ts';

const hostile = ['', '\u202e', '\x1b[31m', '<script>', '__proto__', 'a"b', 'x'.repeat(400), '\ud800', '\n# HELP x'];
const sizes = [0, 1, 4096, 2 ** 20, 2 ** 31, 2 ** 40, 2 ** 50, 2 ** 53 - 1];

/** What memgap itself chooses from a few. */
const kept = new Set(['version', 'via', 'reason', 'takenAt', 'goSource']);

/** The same with other numbers, texts and gaps here and there. */
function varied(value: unknown, random: Random, percent: number): unknown {
  if (typeof value === 'number')
    return random.chance(percent) ? random.pick([random.pick(sizes), value * 2, Math.floor(value / 2), value + 4096]) : value;
  if (typeof value === 'string') return random.chance(percent / 4) ? random.pick(hostile) : value;
  if (Array.isArray(value)) return value.map((part) => varied(part, random, percent));
  if (typeof value !== 'object' || value === null) return value;
  if ('ok' in value && value.ok === true && 'value' in value && random.chance(percent))
    return { ok: false, reason: random.pick(['gone', 'denied', 'malformed', 'disabled']), detail: random.pick(['not there', ...hostile]) };
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, kept.has(name) ? part : varied(part, random, percent)]));
}

const ledger: Kind = {
  name: 'ledger',
  extension: 'json',
  weight: 60,
  make: (random) =>
    Buffer.from(JSON.stringify(Array.from({ length: 1 + random.below(3) }, () => varied(fullSnapshot, random, random.pick([2, 10, 40]))))),
  async check(input, random) {
    const snapshots = decode(input);
    // made smaller to no input at all
    if (!Array.isArray(snapshots) || snapshots.length === 0 || !snapshots.every((each) => alike(each, fullSnapshot))) return;
    const history = createHistory();
    const ledgers = (snapshots as readonly Snapshot[]).map((snapshot) => ledgerOf(snapshot, random.chance(50) ? fullBook : undefined));
    for (const each of ledgers) history.add(each);
    const last = ledgers.at(-1);
    if (last === undefined) return;
    if (last.go.ok) balanced(last.go, 'Go');
    if (last.cgroup.ok) balanced(last.cgroup, 'cgroup');
    for (const reading of [last.rss, last.unexplained, last.anonBeyondGo]) if (reading.ok) sound(reading);
    const past = history.past();
    const verdicts = judge(causes, { ledger: last, past });
    for (const [path, number] of numbersIn(verdicts)) if (Number.isNaN(number)) throw new Broken(`${path} of the verdicts is NaN`);
    const text = explainText(last, { color: false, past, verdicts });
    for (const line of text.split('\n')) showable(line, 'a line of explain', 6000);
    if (/\bNaN\b|\bundefined\b|\[object/.test(text))
      throw new Broken(`explain says ${/.*(?:\bNaN\b|\bundefined\b|\[object).*/.exec(text)?.[0]}`);
    const html = explainHtml(last, { past, verdicts });
    if (/<script|\bNaN\b|\[object/.test(html)) throw new Broken('the page has a <script, NaN or [object');
    JSON.parse(ledgerJson(last, verdicts, past));
    const state: TargetState = {
      name: 'web',
      labels: last.snapshot.labels,
      condition: 'up',
      ledger: last,
      errors: new Map(),
      restarts: 0,
      past,
      verdicts,
    };
    const page = await metricsPage(
      { targets: [state], self: undefined },
      random.chance(50) ? 'application/openmetrics-text;version=1.0.0' : undefined,
    );
    for (const line of page.body.split('\n')) {
      if (line.startsWith('#') || line === '') continue;
      if (!/^[a-zA-Z_:][\w:]*(?:\{[^\n]*\})? -?[\d.e+-]+$/.test(line)) throw new Broken(`the line ${line.slice(0, 200)}`);
    }
  },
};

/** Whether a value has the shape of another, gaps apart. */
function alike(value: unknown, like: unknown): boolean {
  if (Array.isArray(like)) return Array.isArray(value) && value.length > 0 && value.every((part) => alike(part, like[0]));
  if (typeof like !== 'object' || like === null)
    return like === undefined || (typeof value === typeof like && (typeof value !== 'number' || (Number.isFinite(value) && value >= 0)));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  if ('ok' in value && value.ok === false) return 'reason' in value && 'detail' in value && typeof value.detail === 'string';
  return Object.entries(like).every(([name, part]) =>
    part === undefined ? true : name in value && alike((value as Record<string, unknown>)[name], part),
  );
}

const recordings = [
  'go-newest-cgo-bss',
  'go-newest-cgo-idle',
  'go-newest-cgo-planted-joined',
  'go-newest-pure-mmap-many',
  'go1.19-cgo-huge-released',
  'go-newest-cgo-tmpfs',
];
const walks = new Map(recordings.map((name) => [name, recorded(name).walks]));

type Step = readonly [what: string, at: number, value: number | string];

/** Changes of a recorded walk: the recording, which walk, and then steps. */
const rss: Kind = {
  name: 'rss',
  extension: 'json',
  weight: 40,
  make(random) {
    const name = random.pick(recordings);
    const size = () => random.pick([...sizes, 4096 * random.below(70_000)]);
    const step = (): Step =>
      random.pick<Step>([
        ['out', random.below(400), 0],
        ['rss', random.below(400), size()],
        ['anonymous', random.below(400), size()],
        ['dirty', random.below(400), size()],
        ['locked', random.below(400), size()],
        ['pss', random.below(400), size()],
        ['lazyFree', random.below(400), size()],
        ['anonHugePages', random.below(400), size()],
        ['swap', random.below(400), size()],
        [
          'path',
          random.below(400),
          random.pick([
            '[heap]',
            '[stack]',
            '',
            '/lib/libc.so.6',
            '[anon: Go: heap]',
            '/dev/shm/a',
            '/memfd:\x1b (deleted)',
            '__proto__',
            '[anon_shmem:x]',
            '/dev/zero (deleted)',
            '/secretmem (deleted)',
            'socket:[17]',
            'anon_inode:bpf-map',
          ]),
        ],
        ['permissions', random.below(400), random.pick(['rw-p', '---p', 'r-xp', 'rw-s', 'rwxp', ''])],
        ['flags', random.below(400), random.pick(['', 'ht', 'io pf', 'rd wr gd', 'mr mw me'])],
        ['insert', random.below(400), 4096 * (1 + random.below(70_000))],
        ['before', random.below(16), size()],
        ['after', random.below(16), size()],
        ['stackLimit', 0, size()],
        ['threads', 0, random.pick([0, 1, 10_000])],
      ]);
    return Buffer.from(JSON.stringify([name, random.below(2), Array.from({ length: 1 + random.below(8) }, step)]));
  },
  check(input) {
    const decoded = decode(input);
    if (!Array.isArray(decoded)) return;
    const [name, which, steps] = decoded as [string, number, readonly Step[]];
    const walk = walks.get(name)?.[which % (walks.get(name)?.length ?? 1)];
    if (walk === undefined || !Array.isArray(steps)) return;
    const evidence = (steps as readonly Step[]).reduce(changed, walk);
    const total = evidence.mappings.reduce((sum, mapping) => sum + mapping.rss, 0);
    const book = rssBook(evidence, nothingSeen);
    balanced(book, 'RSS');
    if (!book.ok) return;
    if (book.value.total !== total) throw new Broken(`the book is of ${book.value.total}, and the mappings have ${total}`);
    if (!(book.value.score >= 0)) throw new Broken(`the score is ${book.value.score}`);
    for (const { start, end } of rangesToLookUp(evidence, book.value.seen))
      if (!(end > start)) throw new Broken(`a range of ${start} to ${end}`);
    memoryToLookAt(evidence, book.value.seen);
  },
};

type Evidence = Parameters<typeof rssBook>[0];

function changed(evidence: Evidence, [what, at, value]: Step): Evidence {
  const { mappings } = evidence;
  if (what === 'stackLimit' || what === 'threads') return { ...evidence, [what]: value };
  if (what === 'before' || what === 'after') {
    const side = evidence[what];
    if (!side.ok) return evidence;
    const field = Object.keys(side.value)[at % Object.keys(side.value).length] ?? '';
    return typeof (side.value as unknown as Record<string, unknown>)[field] === 'number'
      ? { ...evidence, [what]: found({ ...side.value, [field]: value }) }
      : evidence;
  }
  const index = at % Math.max(1, mappings.length);
  const old = mappings[index];
  if (old === undefined) return evidence;
  if (what === 'out') return { ...evidence, mappings: mappings.toSpliced(index, 1) };
  if (what !== 'insert') return { ...evidence, mappings: mappings.with(index, { ...old, [what]: value }) };
  const next = mappings[index + 1];
  const end = old.end + Number(value);
  const inserted: Mapping = { ...old, start: old.end, end };
  return next !== undefined && next.start < end ? evidence : { ...evidence, mappings: mappings.toSpliced(index + 1, 0, inserted) };
}

const loadtest: Kind = {
  name: 'loadtest',
  extension: 'json',
  weight: 40,
  make(random) {
    const names = ['rss', 'used', 'heap_live', 'c_malloc', 'unattributed', 'unexplained', 'cgroup_anon'].filter(() => random.chance(85));
    const slope = random.pick([0, 1, 4096, 2 ** 20, 2 ** 26]);
    const measure = (cycle: number) =>
      Object.fromEntries(
        names.filter(() => random.chance(98)).map((name) => [name, random.pick([2 ** 24, random.pick(sizes)]) + cycle * slope]),
      );
    const phase = (name: Phase['name'], cycle: number): Phase => ({
      name,
      cycle,
      from: cycle * 100,
      until: cycle * 100 + random.below(90),
      samples: random.below(9),
      floors: measure(cycle),
      peaks: measure(cycle),
      collected: random.chance(50),
    });
    const cycles = Array.from({ length: random.below(6) }, (_, index) => [phase('load', index + 1), phase('after', index + 1)]);
    return Buffer.from(JSON.stringify([...(random.chance(80) ? [phase('idle', 0)] : []), ...cycles.flat()]));
  },
  check(input) {
    const phases = decode(input);
    if (
      !Array.isArray(phases) ||
      !phases.every((phase) => typeof phase === 'object' && phase !== null && 'floors' in phase && 'peaks' in phase && 'cycle' in phase)
    )
      return;
    const verdict = judgeLoad(phases as readonly Phase[]);
    for (const [path, number] of numbersIn(verdict)) if (Number.isNaN(number)) throw new Broken(`${path} is NaN`);
    const text = loadtestText(phases as readonly Phase[], verdict, [], []);
    for (const line of text.split('\n')) showable(line, 'a line');
    if (/NaN|undefined|\[object/.test(text)) throw new Broken(`it says ${/.*(?:NaN|undefined|\[object).*/.exec(text)?.[0]}`);
  },
};

function decode(input: Buffer): unknown {
  try {
    return JSON.parse(input.toString());
  } catch {
    return undefined; // made smaller to no input at all
  }
}

/** The books, whatever the readings are, and all that is made of them. */
export const bookKinds: readonly Kind[] = [ledger, rss, loadtest];
