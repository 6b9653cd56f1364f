import type { Ledger } from '../../books/ledger.ts';
import { sharedOnce, unchargedOf } from '../../history/uncharged.ts';
import { found, known, missing } from '../../model/reading.ts';
import { bytes, formatBytes, mebibyte } from '../../model/units.ts';
import { type Cause, inactive, isLarge, size } from '../engine/cause.ts';

const minBytes = 16 * mebibyte; // less is a few libraries of a shared image layer

/**
 * Resident and not charged to the target's own group: of a layer that another container read first (weaveworks/scope#1133), a process that
 * was moved, shared memory that another one wrote, pages that KSM merged. A limit sized by the group's number alone would be too little
 * elsewhere.
 */
export const chargedElsewhere: Cause = {
  name: 'charged_elsewhere',
  title: 'resident here, charged to another group',
  claims: [],
  judge({ ledger }) {
    const { cgroup, rss, mapped, snapshot } = ledger;
    if (!cgroup.ok) return cgroup;
    if (!rss.ok) return rss;
    if (!snapshot.status.ok) return snapshot.status;
    const { memory, files } = unchargedOf(ledger);
    if (memory === undefined && files === undefined) {
      return mapped.ok ? missing('unsupported', 'memory.stat or status does not tell the kinds of memory') : mapped;
    }
    const matters = (part: number | undefined) => part !== undefined && part >= minBytes && isLarge(part, rss.value.total);
    if (!matters(memory) && !matters(files)) return inactive;
    const { anon, shmem } = cgroup.value.components;
    const { rssAnon = 0 } = snapshot.status.value;
    const [isMemory, isFiles] = [matters(memory), matters(files)];
    const usageFile = cgroup.value.numbers.version === 2 ? 'memory.current' : 'memory.usage_in_bytes';
    const own = rssAnon + (sharedOnce(ledger) ?? 0);
    const ofMemory = `${formatBytes(bytes(memory ?? 0))} of the process's memory is not charged to its group (${whyOf(ledger)})`;
    const ofFiles = `${formatBytes(bytes(files ?? 0))} of its files (executable, libraries, mapped) are charged to another group, which read them first: on another node they may be its own`;
    return found({
      evidence: [
        isMemory && size('anonymous and shared memory of the process', own, 'status RssAnon + RssShmem, each page once'),
        isMemory && size("the group's", (anon ?? 0) + (shmem ?? 0), 'memory.stat'),
        isFiles && size('resident', rss.value.total, 'VmRSS'),
        isFiles && size("the group's usage", cgroup.value.total, usageFile),
      ],
      summary: `${[...(isMemory ? [ofMemory] : []), ...(isFiles ? [ofFiles] : [])].join('; ')}.`,
      next: "size it by the process, as memgap's right size does: RssAnon + RssShmem + the files in use",
    });
  },
};

function whyOf({ snapshot }: Ledger): string {
  const { rssShmem = 0, rssAnon = 0 } = known(snapshot.status) ?? {};
  return rssShmem > rssAnon
    ? 'shared memory is charged to who wrote it'
    : 'it was moved here with its memory, inherited it by fork, or KSM merged it: grep KSM /proc/PID/smaps_rollup';
}
