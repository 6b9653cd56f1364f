import { growthIn } from '../../history/growth.ts';
import { found, missing } from '../../model/reading.ts';
import { bytes, formatBytes } from '../../model/units.ts';
import { type Cause, count, inactive, isLarge, size, worthNamingBytes } from '../engine/cause.ts';
import { doubtOf } from '../engine/doubt.ts';

const deepBytes = 64 * 1024; // bytes of each that are resident: 8 to 24 KiB are usual
const minMoreThreads = 8; // threads more in a quarter of the time

/** Stacks of threads: Go never ends a thread that blocked in C or in the kernel, it only parks it (golang/go#71150, #14592, #24484). */
export const threadStacks: Cause = {
  name: 'thread_stacks',
  title: 'stacks of threads',
  claims: ['rss:thread_stacks'],
  judge({ ledger: { mapped, snapshot }, past }) {
    if (!mapped.ok) return mapped;
    if (!snapshot.status.ok) return snapshot.status;
    const { threads } = snapshot.status.value;
    if (threads === undefined || threads === 0) return missing('unsupported', 'status has no line of Threads');
    const { components, total } = mapped.value.value;
    const stacks = components.thread_stacks ?? bytes(0);
    const each = stacks / threads;
    const growth = growthIn(past, 'threads', { smallest: minMoreThreads });
    const isRising = growth?.shape === 'line';
    if (!isRising && !(each > deepBytes && isLarge(stacks, total))) return inactive;
    const rate = isRising ? `; ${Math.round(growth.perHour ?? 0)} threads more an hour, in a line` : '';
    const doubt = doubtOf(mapped.value.value, 'thread_stacks');
    return found({
      ...(doubt !== undefined && { isDoubtful: true }),
      ...(stacks >= worthNamingBytes && { bytes: stacks }), // a static binary's threads stand on stacks of Go's
      evidence: [
        size('resident in stacks of threads', stacks, 'smaps'),
        count('threads', threads, 'status Threads'),
        size('each', Math.round(each), 'smaps / Threads'),
      ],
      summary: `${doubt === undefined ? '' : `${doubt.sentence}. `}${threads} threads hold ${formatBytes(stacks)} of stack${rate}.`,
      next: `${ofGo}\n${ofC}`,
    });
  },
};

/** Not the profile threadcreate: it has no stack for a thread that another one of Go's started (14 of 15 were unknown; golang/go#6104). */
const ofGo = "curl -s 'URL/debug/pprof/goroutine?debug=2' | grep -A 12 -e syscall -e 'locked to thread': which of Go's hold one?";
const ofC = 'strace -f -k -e trace=mmap -p PID 2>&1 | grep -A 12 MAP_STACK through a load shows which C code starts others';
