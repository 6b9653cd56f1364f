import type { Ledger } from '../../books/ledger.ts';
import { kernelMemoryIn } from '../../books/owners/rules/kernel-mappings.ts';
import type { CgroupComponent } from '../../model/components/cgroup.ts';
import { type GoComponent, goTable, residentIn } from '../../model/components/go.ts';
import { type RssComponent, rssTable } from '../../model/components/rss.ts';
import { rowsOf } from '../../model/components/table.ts';
import { known } from '../../model/reading.ts';
import { type Bytes, bytes } from '../../model/units.ts';

/**
 * Where bytes can be claimed: the parts of the three books, what Go committed and is not resident, what the process maps of the kernel
 * memory that its group is charged for, its page tables, and the group's other processes.
 */
export type Account =
  | `rss:${RssComponent}`
  | `go:${GoComponent}`
  | `cgroup:${Exclude<CgroupComponent, 'anon'>}`
  | 'go:not_resident'
  | 'mapped:kernel_memory'
  | 'process:page_tables'
  | 'cgroup:other_processes';

/** The accounts of one ledger, from which every byte is given out once. */
export interface Accounts {
  /** Gives up to `size` bytes out of `from`, in that order; what was given. */
  claim(from: readonly Account[], size: Bytes): Bytes;
}

/** Books overlap: the heap by Go's accounts is what the arenas hold. A byte given from the first is gone from the second. */
const inside: Readonly<Partial<Record<Account, Account>>> = {
  ...Object.fromEntries(rowsOf(goTable).flatMap(([name, { within }]) => (within ? [[`go:${name}`, `rss:${residentIn[within]}`]] : []))),
  'mapped:kernel_memory': 'rss:kernel_mappings',
};

/**
 * Pages of mapped files are page cache as well, but of the group that touched them first: they take from it and are not bounded by it. Page
 * tables of the process are claimed where its group has no number for them (cgroup v1): then they lie in its one number for the kernel.
 * Rings of io_uring and BPF maps that are mapped are the group's kernel memory as well, an array's of `vmalloc` on v2. Of several accounts
 * the first that has room is taken from.
 */
const charged: Readonly<Partial<Record<Account, readonly Account[]>>> = {
  ...Object.fromEntries(rowsOf(rssTable).flatMap(([name, { chargedAs }]) => (chargedAs ? [[`rss:${name}`, [`cgroup:${chargedAs}`]]] : []))),
  'mapped:kernel_memory': ['cgroup:kernel_other', 'cgroup:vmalloc'],
  'process:page_tables': ['cgroup:kernel_other'],
};

/** All that can be claimed in this ledger; an account that is not known has nothing. */
export function accountsOf(ledger: Ledger): Accounts {
  const left = new Map<Account, number>();
  fill('rss', known(ledger.mapped)?.value.components);
  fill('go', known(ledger.go)?.components);
  fill('cgroup', known(ledger.cgroup)?.components);
  set('go:not_resident', known(ledger.mapped)?.value.notResident);
  set('mapped:kernel_memory', kernelMemoryIn(known(ledger.mapped)?.value.named.kernel ?? []));
  set('process:page_tables', known(ledger.snapshot.status)?.vmPte);
  set('cgroup:other_processes', othersOf(ledger));

  function fill(book: 'rss' | 'go' | 'cgroup', components: Readonly<Record<string, Bytes | undefined>> | undefined): void {
    for (const [name, size] of Object.entries(components ?? {})) set(`${book}:${name}` as Account, size);
  }

  function set(account: Account, size: Bytes | undefined): void {
    if (size !== undefined && size >= 0) left.set(account, size);
  }

  function claim(from: readonly Account[], size: Bytes): Bytes {
    if (!(size > 0)) return bytes(0); // no number: a source that was not checked
    let given = 0;
    for (const account of from) {
      const parent = inside[account];
      const room = Math.min(left.get(account) ?? 0, (parent && left.get(parent)) ?? Number.POSITIVE_INFINITY);
      const part = Math.min(room, size - given);
      for (const each of [account, parent]) take(each, part);
      takeOf(charged[account] ?? [], part);
      given += part;
    }
    return bytes(given);
  }

  function take(account: Account | undefined, size: number): void {
    const rest = account && left.get(account);
    if (account !== undefined && rest !== undefined) left.set(account, Math.max(0, rest - size));
  }

  function takeOf(some: readonly Account[], size: number): void {
    let rest = size;
    for (const account of some) {
      const part = Math.min(rest, left.get(account) ?? 0);
      take(account, part);
      rest -= part;
    }
  }

  return { claim };
}

/**
 * Anonymous memory of the group's other processes. Their file pages and shared memory are the group's page cache and shmem, which it is
 * charged for once, whoever maps them; and so are pages that a child still has in common with the target: what of the group's is the
 * target's own is not theirs.
 */
function othersOf({ cgroup, rss, snapshot }: Ledger): Bytes | undefined {
  const anon = known(snapshot.others)?.anon;
  const group = known(cgroup)?.components.anon;
  if (anon === undefined || group === undefined) return undefined;
  const own = (rss.ok ? known(rss.value.kinds)?.components.anon : undefined) ?? 0;
  return bytes(Math.min(anon, Math.max(0, group - own)));
}
