// What the dearest answers cost memgap's parsers, a line of JSON for each: bundled, and run with memgap's flags. Usage: node FLAGS
// work-child.cjs
import { scanExpvar } from '../src/goruntime/endpoints/expvar.ts';
import { scanGoMetrics } from '../src/goruntime/endpoints/go-metrics.ts';
import { scanPprofHeap } from '../src/goruntime/endpoints/pprof-heap.ts';

const piece = 16 * 1024; // as consume-in-turns.ts hands them on
const most = 8 * 1024 * 1024;

const cases = [
  ...['\n', 'go_x 1\n', 'go_memstats_heap_\n', 'go_threads{} 1\n', 'x'].map((unit) => ({
    parser: 'metrics',
    scan: scanGoMetrics,
    head: '',
    unit,
  })),
  ...['[],', '{}', '"",', '"":1,', '"memstat":1,', ' '].map((unit) => ({ parser: 'expvar', scan: scanExpvar, head: '{"b":1,"a":[', unit })),
  { parser: 'expvar', scan: scanExpvar, head: '{"a":"', unit: '\\"' },
  { parser: 'pprof_heap', scan: scanPprofHeap, head: '', unit: '\n' },
] as const;

for (const { parser: name, scan, head, unit } of cases) {
  const chunk = Buffer.from(unit.repeat(Math.ceil(piece / unit.length)));
  const parser = scan();
  parser.add(Buffer.from(head));
  let bytes = 0;
  let longest = 0;
  const begin = process.cpuUsage();
  for (let goesOn = true; goesOn && bytes < most; bytes += chunk.length) {
    const at = performance.now();
    goesOn = parser.add(chunk);
    longest = Math.max(longest, performance.now() - at);
  }
  const { user, system } = process.cpuUsage(begin);
  parser.end();
  console.log(JSON.stringify({ what: `${name} ${JSON.stringify(unit)}`, bytes, milliseconds: (user + system) / 1000, longest }));
}
