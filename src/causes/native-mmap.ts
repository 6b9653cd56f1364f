import { found } from '../reading.ts';
import { bytes, formatBytes } from '../units.ts';
import type { Cause } from './cause.ts';
import { size } from './evidence.ts';
import { isLarge } from './large.ts';

/** Anonymous memory that the program or a library mapped by itself, such as an off-heap cache (fastcache#77). */
export const nativeMmap: Cause = {
  name: 'native_mmap',
  title: 'mapped outside of Go and malloc',
  claims: ['rss:native_mmap'],
  judge({ ledger: { mapped } }) {
    if (!mapped.ok) return mapped;
    const { components, total, foreign } = mapped.value.value;
    const native = components.native_mmap ?? bytes(0);
    if (!isLarge(native, total)) return found('not this');
    const what = foreign.kind === 'mmap' ? 'by mmap: the program has no C' : "by mmap, or by large blocks of C's malloc";
    return found({
      bytes: native,
      evidence: [
        size('anonymous memory of nobody else', native, 'smaps'),
        size('at least, by the accounts', foreign.low, 'address space of the rest - 32 MiB - what Go accounts for'),
      ],
      summary: `${formatBytes(native)} was mapped outside of Go's runtime, ${what}.`,
      next: "the library's own setting for its cache size; strace -f -e trace=mmap,munmap -p PID shows who maps",
    });
  },
};
