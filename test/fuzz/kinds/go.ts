import { goBook } from '../../../src/books/go.ts';
import { scanExpvar } from '../../../src/goruntime/endpoints/expvar.ts';
import { scanGoMetrics } from '../../../src/goruntime/endpoints/go-metrics.ts';
import { scanJsonMember } from '../../../src/goruntime/endpoints/json-member.ts';
import { lineScan } from '../../../src/goruntime/endpoints/line-scan.ts';
import { scanPprofHeap } from '../../../src/goruntime/endpoints/pprof-heap.ts';
import { scanPprofIndex } from '../../../src/goruntime/endpoints/pprof-index.ts';
import type { GoNumbers } from '../../../src/model/go.ts';
import type { Reading } from '../../../src/model/reading.ts';
import { parseExpvar, parseGoMetrics, parsePprofHeap, parsePprofIndex } from '../../goruntime/endpoints/whole.ts';
import { Broken, type Kind } from '../kind.ts';
import { mutated, numbers } from '../mutate.ts';
import { balanced, carried, piecesOf, same, sameInPieces, sound } from '../properties.ts';
import type { Random } from '../random.ts';
import { recordedFiles } from '../recorded.ts';

/** runtime.MemStats whose identities hold, as Go prints them. */
function memStats(random: Random): Readonly<Record<string, number>> {
  const size = () => random.below(random.pick([2, 2 ** 20, 2 ** 34, random.chance(10) ? 2 ** 48 : 2 ** 32])) * random.pick([1, 4096, 8192]);
  const [inuse, idle] = [size(), size()];
  const released = random.chance(80) ? Math.floor(idle / (1 + random.below(4))) : size();
  const [stack, mspan, mcache, buckets, gc, other] = [size(), size(), size(), size(), size(), size()];
  return {
    Alloc: Math.floor(inuse / 2),
    Sys: inuse + idle + stack + mspan + mcache + buckets + gc + other + (random.chance(10) ? size() : 0),
    HeapAlloc: Math.floor(inuse / 2),
    HeapSys: inuse + idle,
    HeapIdle: idle,
    HeapInuse: inuse,
    HeapReleased: released,
    StackInuse: stack,
    StackSys: stack,
    MSpanSys: mspan,
    MCacheSys: mcache,
    BuckHashSys: buckets,
    GCSys: gc,
    OtherSys: other,
    NextGC: size(),
    NumGC: random.below(2 ** 31),
  };
}

/** What any source of Go's numbers owes: a sound reading, a book that adds up, and no number of its own. */
function judged(reading: Reading<GoNumbers>, text: string): void {
  sound(reading);
  if (!reading.ok) return;
  balanced(goBook(reading.value.memstats), 'Go');
  for (const [name, value] of Object.entries(reading.value.memstats)) {
    const most = name === 'numGc' ? Number.MAX_SAFE_INTEGER : 2 ** 48;
    if (typeof value === 'number' && (!Number.isSafeInteger(value) || value < 0 || value > most)) throw new Broken(`${name} is ${value}`);
  }
  carried(reading.value.memstats, text);
}

const heaps = recordedFiles('go', /heap_debug1\.txt$/, 1e6).map((file) => file.subarray(Math.max(0, file.length - 3000)));

const pprofHeap: Kind = {
  name: 'pprof-heap',
  extension: 'txt',
  weight: 80,
  make(random) {
    if (random.chance(60)) return mutated(random.pick(heaps), random, random.pick(heaps));
    const stats = memStats(random);
    const lines = Object.entries(stats).map(([name, value]) => `# ${name} = ${random.chance(2) ? random.pick(numbers) : value}`);
    const pairs = ['Stack', 'MSpan', 'MCache'].map(
      (name) => `# ${name} = ${Math.floor((stats[`${name}Sys`] ?? 0) / 2)} / ${stats[`${name}Sys`] ?? 0}`,
    );
    const text = `heap profile: 1: 2 [3: 4] @ heap/1048576\n\n# runtime.MemStats\n${[...lines, ...pairs, `# MaxRSS = ${random.pick(numbers)}`].join('\n')}\n`;
    return random.chance(50) ? Buffer.from(text) : mutated(Buffer.from(text), random);
  },
  check(input, random) {
    const reading = parsePprofHeap(input);
    const text = input.toString('latin1');
    judged(reading, text);
    if (reading.ok && reading.value.maxRss !== undefined) carried(reading.value.maxRss, text, [1, 1024]);
    sameInPieces(scanPprofHeap, input, reading, random);
  },
};

const indexes = recordedFiles('go', /pprof_index\.html$/);

const pprofIndex: Kind = {
  name: 'pprof-index',
  extension: 'html',
  weight: 30,
  make: (random) => mutated(random.pick(indexes), random, random.pick(indexes)),
  check(input, random) {
    const reading = parsePprofIndex(input);
    sound(reading);
    if (reading.ok) carried(reading.value, input.toString('latin1'));
    sameInPieces(scanPprofIndex, input, reading, random);
  },
};

const pages = recordedFiles('go', /vars\.json$/);

/** A page of package expvar as a program may publish it: anything beside memstats. */
function expvarPage(random: Random): string {
  const anything = (depth: number): unknown =>
    random.pick([
      () => random.below(2 ** 31),
      () => random.pick(['', 'a"b', 'memstats', '\u2028', '}{', '\\']),
      () => null,
      () => (depth > 3 ? [] : Array.from({ length: random.below(4) }, () => anything(depth + 1))),
      () => (depth > 3 ? {} : { [random.pick(['a', 'memstats', 'Sys', '"'])]: anything(depth + 1) }),
    ])();
  const fields = Object.entries({
    cmdline: anything(0),
    memstats: { ...memStats(random), BySize: anything(2) },
    [random.pick(['x', 'memstatsx'])]: anything(0),
  });
  if (random.chance(50)) fields.reverse();
  const text = JSON.stringify(Object.fromEntries(fields), undefined, random.pick([0, 1, 4]));
  return random.chance(20) ? text.replaceAll('memstats', 'mem\\u0073tats') : text;
}

const expvar: Kind = {
  name: 'expvar',
  extension: 'json',
  weight: 80,
  make(random) {
    if (random.chance(50)) return mutated(random.pick(pages), random, random.pick(pages));
    return random.chance(50) ? Buffer.from(expvarPage(random)) : mutated(Buffer.from(expvarPage(random)), random);
  },
  check(input, random) {
    const reading = parseExpvar(input);
    judged(reading, input.toString('latin1'));
    sameInPieces(scanExpvar, input, reading, random);
    const page = parsed(input.toString());
    const sys =
      page instanceof Object && 'memstats' in page && page.memstats instanceof Object && 'Sys' in page.memstats
        ? page.memstats.Sys
        : undefined;
    if (reading.ok && page !== undefined && input.toString().split(/"mem(?:s|\\u0073)tats"/).length === 2)
      same(reading.value.memstats.sys, sys, 'Sys, beside JSON.parse');
  },
};

const member: Kind = {
  name: 'json-member',
  extension: 'json',
  weight: 40,
  make: (random) => (random.chance(50) ? Buffer.from(expvarPage(random)) : mutated(Buffer.from(expvarPage(random)), random)),
  check(input, random) {
    const scan = () => {
      const { add, end } = scanJsonMember('memstats', { bytes: 2000, tokens: 100_000 });
      return { add, end };
    };
    const once = scan();
    once.add(Buffer.from(input));
    const found = once.end();
    sameInPieces(scan, input, found, random);
    if (found.is === 'found' && found.text.length > 2000) throw new Broken(`it holds ${found.text.length} characters`);
    if (found.is === 'found' && !input.toString().includes(found.text)) throw new Broken('it is not in the text');
    const page = parsed(input.toString());
    const isObject = typeof page === 'object' && page !== null && !Array.isArray(page);
    if (!isObject || input.includes('\\u')) return; // Go escapes no letter of a key
    if (found.is === 'absent' && Object.hasOwn(page, 'memstats')) throw new Broken('JSON.parse finds it');
    if (found.is === 'found' && !Object.hasOwn(page, 'memstats')) throw new Broken('JSON.parse does not find it');
  },
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const metricsPages = recordedFiles('go', /metrics/, 200_000).map((page) => {
  const lines = page
    .toString('latin1')
    .split('\n')
    .filter((line) => /go_|process_/.test(line));
  return Buffer.from(`${lines.join('\n')}\n`, 'latin1');
});

const goMetrics: Kind = {
  name: 'go-metrics',
  extension: 'txt',
  weight: 60,
  make(random) {
    const page = random.pick(metricsPages);
    if (random.chance(60)) return mutated(page, random, random.pick(metricsPages));
    const lines = page
      .toString('latin1')
      .split('\n')
      .map((line) => {
        if (line.startsWith('#') || random.chance(85)) return line;
        const [name = '', value = ''] = line.split(' ');
        return random.pick([
          `${name}{a="b\\"} 7"} ${value}`,
          `${name} ${value} 1700000000000`,
          `${name}  ${value}`,
          `${name}{} ${random.pick(numbers)}`,
          `${name}x 1`,
          `${name} ${value} # {a="b"} 1`,
        ]);
      });
    return Buffer.from(lines.join('\n'), 'latin1');
  },
  check(input, random) {
    const reading = parseGoMetrics(input);
    judged(reading, input.toString('latin1'));
    if (reading.ok) carried(reading.value, input.toString('latin1'), [1, 0.01]);
    sameInPieces(scanGoMetrics, input, reading, random);
  },
};

const lines: Kind = {
  name: 'line-scan',
  extension: 'bin',
  weight: 20,
  make: (random) => Buffer.from(Array.from({ length: random.below(200) }, () => random.pick([10, 10, 13, 0, 65, 255]))),
  check(input, random) {
    const found: string[] = [];
    const anyLine = /\n/g;
    const add = lineScan(
      16,
      () => anyLine,
      (line) => {
        found.push(line);
        return true;
      },
    );
    for (const piece of piecesOf(input, random)) add(piece);
    const wanted = input
      .toString('latin1')
      .split('\n')
      .slice(0, -1)
      .filter(({ length }) => length <= 16);
    same(found, wanted, 'the lines');
  },
};

/** What the endpoints of a Go program answer. */
export const goKinds: readonly Kind[] = [pprofHeap, pprofIndex, expvar, member, goMetrics, lines];
