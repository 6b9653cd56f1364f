import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseListeners } from '../../src/discovery/listeners.ts';
import { parseCredentials } from '../../src/kernel/access/process-access.ts';
import { eventsV1, eventsV2 } from '../../src/kernel/cgroup/events.ts';
import { parseMembership } from '../../src/kernel/cgroup/membership.ts';
import { parseFlat } from '../../src/kernel/cgroup/numbers.ts';
import { parsePressure } from '../../src/kernel/cgroup/pressure.ts';
import { levelV1, ownV1 } from '../../src/kernel/cgroup/v1.ts';
import { levelV2, ownV2 } from '../../src/kernel/cgroup/v2.ts';
import { parseSmaps } from '../../src/kernel/memory/smaps-parser.ts';
import { parseSmapsRollup } from '../../src/kernel/memory/smaps-rollup.ts';
import { parseBpfMap } from '../../src/kernel/open-files/bpf-maps.ts';
import { parseMountId } from '../../src/kernel/open-files/memory-files.ts';
import { createTcpQueueScan } from '../../src/kernel/open-files/tcp-queues.ts';
import { parseIoBytes } from '../../src/kernel/process/activity.ts';
import { createSettingsScan } from '../../src/kernel/process/environ-settings.ts';
import { parseLimits } from '../../src/kernel/process/limits.ts';
import { parseStat } from '../../src/kernel/process/stat.ts';
import { parseStatus } from '../../src/kernel/process/status.ts';
import { found, type Reading } from '../../src/model/reading.ts';
import { printable } from '../../src/untrusted.ts';
import { sample } from '../goruntime/endpoints/samples.ts';
import { parseExpvar, parseGoMetrics, parsePprofHeap, parsePprofIndex } from '../goruntime/endpoints/whole.ts';
import { runs } from '../runs.ts';
import { needed, smapsText } from './memory/smaps-text.ts';

/** Every number of a value, however deep. */
function* numbersOf(value: unknown): Generator<number> {
  if (typeof value === 'number') yield value;
  else if (value instanceof Map) for (const each of value.values()) yield* numbersOf(each);
  else if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) yield* numbersOf(each);
}

const page = (name: string) => sample(name);
const stat = `77 (x) S 1 ${Array.from({ length: 48 }, (_, index) => index * 3).join(' ')}\n`;
const status = 'Name:\tx\nState:\tS (s)\nUid:\t0\t0\t0\t0\nVmSize:\t9 kB\nVmRSS:\t8 kB\nVmHWM:\t8 kB\nVmPTE:\t4 kB\nThreads:\t3\n';
const flat = 'anon 1\nfile 2\npagetables 3\ntotal_rss 4\noom_kill 1\nhierarchical_memory_limit 99\n';
const files = (text: string) => (name: string) =>
  found(name.includes('stat') || name.includes('oom') || name.includes('events') ? text : (text.split('\n')[0]?.split(' ')[1] ?? ''));

/** Each parser with a text that it understands. */
const parsers: ReadonlyArray<readonly [name: string, text: string, parse: (text: string) => unknown]> = [
  ['pprof_heap', page('lab-1.27-pure/heap_debug1.txt').slice(-12_000), (text) => parsePprofHeap(Buffer.from(`\n${text}`, 'latin1'))],
  ['expvar', page('lab-1.27-pure/vars.json'), (text) => parseExpvar(Buffer.from(text, 'latin1'))],
  ['metrics', page('alertmanager_0.33/metrics.txt'), (text) => parseGoMetrics(Buffer.from(text, 'latin1'))],
  ['pprof_index', page('lab-1.27-pure/pprof_index.html'), (text) => parsePprofIndex(Buffer.from(text, 'latin1'))],
  ['smaps', smapsText([{ start: 4096, end: 8192, sizes: { Rss: 4 } }], needed), (text) => parseSmaps(Buffer.from(text, 'latin1'))],
  ['smaps_rollup', 'Rss: 8 kB\nPss: 4 kB\nAnonymous: 4 kB\nLazyFree: 0 kB\nSwap: 1 kB\n', parseSmapsRollup],
  ['status', status, parseStatus],
  ['stat', stat, parseStat],
  ['io', 'rchar: 1\nread_bytes: 4096\n', (text) => found(parseIoBytes(text, 'read_bytes'))],
  ['limits', 'Max stack size             8388608              unlimited            bytes\n', parseLimits],
  ['environ', 'GOGC=50\0GOMEMLIMIT=5GiB\0', settings],
  ['pressure', 'some avg10=0.00 avg60=0.00 avg300=0.00 total=12\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=9\n', parsePressure],
  ['flat', flat, parseFlat],
  ['v1', flat, (text) => [ownV1(files(text)), levelV1('/', files(text)), eventsV1(files(text))]],
  ['v2', flat, (text) => [ownV2(files(text)), levelV2('/', files(text)), eventsV2(files(text))]],
  ['membership', '0::/a\n', parseMembership],
  ['credentials', `${status}Gid:\t0\t0\t0\t0\nCapPrm:\t00\nCapEff:\t00\nGroups:\t1 2\n`, parseCredentials],
  ['tcp_queues', '   0: 0100007F:1F90 0100007F:0016 01 00000010:00000020 02:000A7D8C 00000000  1000        0 12345 2\n', tcpQueues],
  ['bpf_map', 'mnt_id:\t16\nmemlock:\t4096\nmap_id:\t3\n', (text) => [found(parseBpfMap(text)), found(parseMountId(text))]],
  ['listeners', '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 12345 1\n', parseListeners],
];

function tcpQueues(text: string): unknown {
  const scan = createTcpQueueScan(new Set(['12345', ...odd]), 2 ** 21);
  scan.take(text);
  return found(scan.queues());
}

function settings(text: string): unknown {
  const scan = createSettingsScan();
  scan.push(Buffer.from(text));
  return scan.settings();
}

/** What JavaScript takes for a number, and no kernel or Go program writes; and numbers that no double holds. */
const odd = [
  '1e400',
  '-1e400',
  'Infinity',
  '-Infinity',
  'NaN',
  '0x10',
  '1e3',
  '',
  ' ',
  '+5',
  '1_000',
  '9007199254740993',
  '9'.repeat(400),
  '-1',
  '1.5',
];

test('whatever stands in place of a number, no reading holds one that is not finite', () => {
  for (const [name, text, parse] of parsers) {
    const digits = [...text.matchAll(/\d+(?:\.\d+)?(?:e[+-]\d+)?/g)];
    assert.ok(digits.length > 0, name);
    const put = (at: number, length: number, number: string) => {
      const value = parse(text.slice(0, at) + number + text.slice(at + length));
      for (const told of numbersOf(value)) assert.ok(Number.isFinite(told), `${name}: ${told} for ${printable(number, 32)}`);
    };
    const changes = digits.flatMap((match) => odd.map((number) => [match.index, match[0].length, number] as const));
    if (changes.length < 1000) for (const [at, length, number] of changes) put(at, length, number);
    else
      fc.assert(
        fc.property(fc.constantFrom(...changes), ([at, length, number]) => put(at, length, number)),
        { numRuns: runs(300) },
      );
  }
});

test('each of the texts is understood as it is, so the changes above are of numbers that count', () => {
  for (const [name, text, parse] of parsers) {
    const readings = [parse(text)].flat() as readonly (Reading<unknown> | object)[];
    for (const reading of readings) assert.ok(!('ok' in reading) || reading.ok, `${name}: ${JSON.stringify(reading)}`);
    assert.ok(name === 'membership' || [...numbersOf(readings)].length > 0, name);
  }
});

test('MaxRSS is digits or is not told', () => {
  const text = page('lab-1.27-pure/heap_debug1.txt');
  const maxRss = (put: string) => {
    const reading = parsePprofHeap(Buffer.from(text.replace(/^# MaxRSS = .*$/m, `# MaxRSS = ${put}`), 'latin1'));
    assert.ok(reading.ok, JSON.stringify(reading));
    return reading.value.maxRss;
  };
  assert.equal(maxRss('12345'), 12_345);
  for (const put of [...odd.filter((each) => each !== ''), '0', '0b1', '0o7', ' 5', '5 ', '5\t', '١٢'])
    assert.equal(maxRss(put), undefined, put);
});
