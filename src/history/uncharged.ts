import type { Ledger } from '../books/ledger.ts';
import { known } from '../model/reading.ts';

/** What the process holds resident and its group is not charged for; each `undefined` where it can't be told. */
interface Uncharged {
  /** RssAnon + RssShmem beyond the group's: at least so much of it. */
  readonly memory: number | undefined;
  /** Its executable, libraries and mapped files beyond all of the group's page cache, where RSS is beyond all of the group's usage. */
  readonly files: number | undefined;
}

/** Pages are charged to the group that touched them first (cgroup-v2.rst, "Memory Ownership"), and stay: both books are right. */
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

/** RssShmem, each page once: status and the RSS book have it as often as it is mapped. `undefined` where status has none. */
export function sharedOnce({ snapshot, mapped }: Pick<Ledger, 'snapshot' | 'mapped'>): number | undefined {
  const { rssShmem } = known(snapshot.status) ?? {};
  return rssShmem === undefined ? undefined : Math.min(rssShmem, known(mapped)?.value.named.shared.distinct ?? rssShmem);
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
