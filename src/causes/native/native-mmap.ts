import { found } from '../../model/reading.ts';
import { bytes, formatBytes } from '../../model/units.ts';
import { type Cause, inactive, isLarge, size } from '../engine/cause.ts';
import { doubtOf } from '../engine/doubt.ts';
import { finalizersOf } from '../go/finalizers.ts';

/** Anonymous memory that the program or a library mapped by itself, such as an off-heap cache (fastcache#77). */
export const nativeMmap: Cause = {
  name: 'native_mmap',
  title: 'mapped outside of Go and malloc',
  claims: ['rss:native_mmap'],
  judge({ ledger }) {
    const { mapped } = ledger;
    if (!mapped.ok) return mapped;
    const { components, total, nonGoAnon, raceShadow = 0 } = mapped.value.value;
    const native = bytes((components.native_mmap ?? 0) - raceShadow);
    if (!isLarge(native, total)) return inactive;
    const what = nonGoAnon.kind === 'mmap' ? 'by mmap: the program has no C' : "by mmap, or by large blocks of C's malloc";
    const evidence = [
      size('anonymous memory of nobody else', native, 'smaps'),
      size('at least, by the accounts', nonGoAnon.low, 'address space of the rest - 32 MiB - what Go accounts for'),
    ];
    const doubt = doubtOf(mapped.value.value, 'native_mmap');
    if (doubt !== undefined) {
      const summary = `${doubt.sentence}; ${formatBytes(native)} in all is anonymous memory beside them.`;
      return found({ bytes: native, isDoubtful: true, evidence, summary, next: doubt.next });
    }
    const waiting = nonGoAnon.kind === 'mmap' ? undefined : finalizersOf(ledger, native);
    return found({
      bytes: native,
      evidence,
      summary: `${formatBytes(native)} was mapped outside of Go's runtime, ${what}${waiting === undefined ? '' : `. ${waiting.sentence}`}.`,
      next: `${who}${waiting === undefined ? '' : `\n${waiting.next}`}`,
    });
  },
};

const who =
  'strace -f -k -e trace=mmap,munmap -p PID through a load shows who maps; then that library has a setting for the size of its cache';
