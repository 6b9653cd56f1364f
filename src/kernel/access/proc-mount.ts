import { budgets } from '../../budgets.ts';
import { mountsOf } from '../../files/mount-lines.ts';
import type { HidePid } from '../../model/access.ts';

const mostMounts = budgets.procMounts.maxEntries;

/** How a mounted procfs hides processes. */
export interface ProcMount {
  readonly hidePid: HidePid;
  /** The mount option `gid`: whoever is in that group sees all. */
  readonly group: number | undefined;
}

/** By number, as kernels before 5.8 print it, and by name (proc(5)). */
const words: Readonly<Record<string, HidePid>> = {
  '0': 'off',
  '1': 'noaccess',
  '2': 'invisible',
  '4': 'ptraceable',
  off: 'off',
  noaccess: 'noaccess',
  invisible: 'invisible',
  ptraceable: 'ptraceable',
};

/** Pure: the options of the procfs at a mount point, from the text of memgap's own mountinfo; the last mount there covers those before it. */
export function parseProcMount(mountinfo: string, mountPoint: string): ProcMount {
  let mount: ProcMount = { hidePid: 'off', group: undefined };
  for (const { mountPoint: place, options } of mountsOf(mountinfo, ['proc'], mostMounts)) {
    if (place !== mountPoint) continue;
    const set = new Map(options.split(',').map((option) => [option.split('=')[0], option.split('=')[1]]));
    const group = set.get('gid');
    mount = {
      hidePid: words[set.get('hidepid') ?? 'off'] ?? 'off',
      group: group !== undefined && /^\d{1,10}$/.test(group) ? Number(group) : undefined,
    };
  }
  return mount;
}
