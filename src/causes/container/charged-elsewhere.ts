import type { Ledger } from '../../books/ledger.ts';
import { found, known, missing } from '../../model/reading.ts';
import { bytes, formatBytes } from '../../model/units.ts';
import type { Cause } from '../engine/cause.ts';
import { size } from '../engine/evidence.ts';
import { isLarge } from '../engine/large.ts';

const worthNaming = 16 * 1024 ** 2; // less is a few libraries of a shared image layer

/** What the process holds resident and its group is not charged for; each `undefined` where it can't be told. */
interface Uncharged {
  /** RssAnon + RssShmem beyond the group's: at least so much of it. */
  readonly memory: number | undefined;
  /** Its executable, libraries and mapped files beyond all of the group's page cache, where RSS is beyond all of the group's usage. */
  readonly files: number | undefined;
}

/** Pages are charged to the group that touched them first (cgroup-v2.rst, "Memory Ownership"), and stay there: both books are right, of different things. */
export function unchargedOf(ledger: Ledger): Uncharged {
  const { snapshot, cgroup, rss, mapped } = ledger;
  const { rssAnon } = known(snapshot.status) ?? {};
  const rssShmem = sharedOnce(ledger);
  const group = known(cgroup)?.components;
  const owners = known(mapped)?.value.components;
  const files = owners === undefined ? undefined : (owners.exe_file ?? 0) + (owners.shared_libraries ?? 0) + (owners.mapped_files ?? 0);
  return {
    memory: beyond(rssAnon === undefined || rssShmem === undefined ? undefined : rssAnon + rssShmem, sum(group?.anon, group?.shmem)),
    files: least(beyond(files, group?.file_cache), beyond(known(rss)?.total, known(cgroup)?.total)),
  };
}

/**
 * Resident and not charged to the target's own group: of a layer that another container read first (weaveworks/scope#1133), a process that was moved,
 * shared memory that another one wrote, pages that KSM merged. A limit sized by the group's number alone would be too little elsewhere.
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
    const matters = (part: number | undefined) => part !== undefined && part >= worthNaming && isLarge(part, rss.value.total);
    if (!matters(memory) && !matters(files)) return found('not this');
    const { anon, shmem } = cgroup.value.components;
    const { rssAnon = 0 } = snapshot.status.value;
    return found({
      evidence: [
        ...(matters(memory)
          ? [
              size(
                'anonymous and shared memory of the process',
                rssAnon + (sharedOnce(ledger) ?? 0),
                'status RssAnon + RssShmem, each page once',
              ),
              size("the group's", (anon ?? 0) + (shmem ?? 0), 'memory.stat'),
            ]
          : []),
        ...(matters(files)
          ? [
              size('resident', rss.value.total, 'VmRSS'),
              size(
                "the group's usage",
                cgroup.value.total,
                cgroup.value.numbers.version === 2 ? 'memory.current' : 'memory.usage_in_bytes',
              ),
            ]
          : []),
      ],
      summary: [
        ...(matters(memory)
          ? [`${formatBytes(bytes(memory ?? 0))} of the process's memory is not charged to its group (${whyOf(ledger)})`]
          : []),
        ...(matters(files)
          ? [
              `${formatBytes(bytes(files ?? 0))} of its files (executable, libraries, mapped) are charged to another group, which read them first: on another node they may be its own`,
            ]
          : []),
      ]
        .join('; ')
        .concat('.'),
      next: "size it by the process, as memgap's right size does: RssAnon + RssShmem + the files in use",
    });
  },
};

/** RssShmem, each page once: it and the RSS book have a page as often as this process maps it, and it is charged once. `undefined` where status has none. */
export function sharedOnce({ snapshot, mapped }: Pick<Ledger, 'snapshot' | 'mapped'>): number | undefined {
  const { rssShmem } = known(snapshot.status) ?? {};
  return rssShmem === undefined ? undefined : Math.min(rssShmem, known(mapped)?.value.named.shared.distinct ?? rssShmem);
}

function whyOf({ snapshot }: Ledger): string {
  const { rssShmem = 0, rssAnon = 0 } = known(snapshot.status) ?? {};
  return rssShmem > rssAnon
    ? 'shared memory is charged to who wrote it'
    : 'it was moved here with its memory, inherited it by fork, or KSM merged it: grep KSM /proc/PID/smaps_rollup';
}

function beyond(own: number | undefined, group: number | undefined): number | undefined {
  return own === undefined || group === undefined ? undefined : Math.max(0, own - group);
}

function least(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : Math.min(one, other);
}

function sum(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one + other;
}
