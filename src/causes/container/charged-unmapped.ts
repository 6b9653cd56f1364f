import { unmappedOf } from '../../books/unmapped.ts';
import type { OpenFiles } from '../../model/process.ts';
import { found, known, missing, type Reading } from '../../model/reading.ts';
import { formatBytes } from '../../model/units.ts';
import { type Cause, count, inactive, isLarge, pidOf, size } from '../engine/cause.ts';

/**
 * Pages that were anonymous memory of some process, and are charged though nobody maps them: buffers registered with io_uring(7), AF_XDP's
 * umem, what vmsplice(2) put into a pipe, and the rest of huge pages that were given back in part (Documentation/mm/transhuge.rst,
 * deferred_folio_split).
 */
export const chargedUnmapped: Cause = {
  name: 'charged_unmapped',
  title: 'charged, mapped by nobody',
  claims: ['cgroup:anon_unmapped'],
  judge({ ledger }) {
    const { cgroup, snapshot } = ledger;
    if (!cgroup.ok) return cgroup;
    const unmapped = unmappedOf(ledger);
    if (unmapped === undefined) return missing('unsupported', 'memory.stat does not tell the lists of pages');
    const { size: held, why, pinned, huge } = unmapped;
    if (!isLarge(held, cgroup.value.total)) return inactive;
    const open = known(snapshot.openFiles)?.value;
    const fds = `ls -l /proc/${pidOf(ledger)}/fd`;
    return found({
      bytes: held,
      evidence: [
        size('charged, mapped by nobody', held, 'memory.stat: all LRU lists - anon - file'),
        size('pinned by this process', pinned, 'status VmPin'),
        size('huge pages that are mapped', huge, 'memory.stat anon_thp, rss_huge'),
        ...holders(open).map(([what, number]) => count(what, number, '/proc/PID/fd')),
      ],
      summary: {
        pinned: `${formatBytes(held)} is mapped by nobody and still charged: the kernel has it pinned for a ring or a device, and does not take it back while that is open.`,
        'huge pages': `${formatBytes(held)} is the rest of huge pages that were given back in part: charged until the kernel splits them, which it does when it is short of memory.`,
        'not known': `${formatBytes(held)} is mapped by nobody and still charged: a pipe, a socket or a ring holds it, and it is not taken back while that is open${orHuge(snapshot.kernelThp)}.`,
      }[why],
      next: {
        pinned: `close the io_uring, or unregister its buffers, before their memory is unmapped; ${fds} shows which are open`,
        'huge pages': 'nothing: it is taken back when memory is short',
        'not known': `close what holds it: pipes (vmsplice), AF_XDP sockets, io_uring; ${fds} shows which are open`,
      }[why],
    });
  },
};

/** A huge page in parts counts as none: where there may be some, it can be that, and then nothing has to be done. */
function orHuge(thp: Reading<string>): string {
  return known(thp) === 'never'
    ? ''
    : '; or it is the rest of huge pages that were given back in part, which is taken back when memory is short';
}

/** Open things of the kinds that can hold such pages. */
function holders(open: OpenFiles | undefined): ReadonlyArray<readonly [string, number]> {
  if (open === undefined) return [];
  const rings = open.anonInodes.io_uring?.count ?? 0;
  return (
    [
      ['pipes', open.pipes],
      ['io_uring', rings],
    ] as const
  ).filter(([, number]) => number > 0);
}
