import { growthIn } from '../../history/growth.ts';
import { found, missing } from '../../model/reading.ts';
import { bytes, formatBytes } from '../../model/units.ts';
import type { Account } from '../engine/accounts.ts';
import { type Cause, inactive, perHour, seconds, size } from '../engine/cause.ts';

const parts = ['c_malloc', 'native_mmap'] as const;

/**
 * Memory of C that grows in a line while Go's does not (confluent-kafka-go#306, #1332, gousb#96). All of the part that grows is claimed.
 */
export const cMallocLeak: Cause = {
  name: 'c_malloc_leak',
  title: 'native memory that grows in a line',
  claims: parts.map((part): Account => `rss:${part}`),
  judge({ ledger: { mapped, go }, past }) {
    if (!mapped.ok) return mapped;
    if (!go.ok) return go;
    const growths = parts.map((part) => ({ part, growth: growthIn(past, part) }));
    if (growths.every(({ growth }) => growth === undefined)) {
      return missing('too-early', 'a line is told from a plateau after an hour, and 24 polls');
    }
    const lines = growths.flatMap(({ part, growth }) => (growth?.shape === 'line' ? [{ part, growth }] : []));
    if (lines.length === 0) return inactive;
    const used = growthIn(past, 'used', { since: Math.min(...lines.map(({ growth }) => growth.since)) });
    if (used === undefined) return missing('too-early', 'what Go uses has not been watched for an hour, and 24 polls, beside it');
    if (used.shape === 'line') return inactive;
    const { components, nonGoAnon } = mapped.value.value;
    const total = bytes(lines.reduce((sum, { part }) => sum + (components[part] ?? 0), 0));
    const rate = lines.reduce((sum, { growth }) => sum + (growth.perHour ?? 0), 0);
    return found({
      bytes: total,
      evidence: [
        ...lines.map(({ part }) => size(part === 'c_malloc' ? 'C malloc' : 'other native memory', components[part] ?? 0, 'smaps')),
        perHour('its growth', rate, 'Theil-Sen slope over floors'),
        size('growth of what Go uses meanwhile', used.rise, 'Sys - HeapReleased'),
        seconds('watched', Math.min(...lines.map(({ growth }) => growth.seconds)), 'snapshots of it'),
      ],
      summary: `Memory outside of Go's runtime grows in a line, ${formatBytes(rate)} an hour, while what Go uses does not: a leak in C code, or in what calls mmap.`,
      next: lines.some(({ part }) => part === 'c_malloc') ? ofMalloc : `${ofMmap}${nonGoAnon.kind === 'mmap' ? '' : orMalloc}`,
    });
  },
};

const ofMalloc =
  'memleak-bpfcc -p PID 60, or run under jemalloc with MALLOC_CONF=prof:true,lg_prof_interval:30,prof_prefix:/tmp/jeprof, and read what it writes with jeprof';
/** Neither of those sees it: Go calls mmap(2) without libc. */
const ofMmap = 'strace -f -k -e trace=mmap,munmap -p PID through a minute shows who maps and does not unmap';
const orMalloc = "; where it is C's malloc in large blocks: memleak-bpfcc -p PID 60";
