import { cgroupTable } from '../model/components/cgroup.ts';
import { goTable } from '../model/components/go.ts';
import { rssTable } from '../model/components/rss.ts';
import { type GrowthMeaning, namesOf } from '../model/components/table.ts';
import type { Phase } from './measure.ts';

/** The sizes whose growth is a leak, as far as the books tell them. */
export interface Suspects {
  readonly names: ReadonlySet<string>;
  /** How what is not Go's is judged: owner by owner, as one, with all of RSS, or, where RSS is not known either, not at all. */
  readonly beyondGo: 'owners' | 'unexplained' | 'rss' | 'nothing';
  /** What could be compared no more on the way: a leak may hide in it. */
  readonly lost: readonly Lost[];
}

/** Sizes that were known after some loads and not after these. */
export interface Lost {
  readonly names: readonly string[];
  readonly loads: readonly number[];
}

/** What the Go runtime tells apart; with these known, the arenas that hold them are judged by them. */
const ofGo: readonly string[] = namesOf(goTable, canLeak);
const ofHeap = new Set<string>(namesOf(goTable, ({ holdsGarbage }) => holdsGarbage === true));
const arenas = namesOf(rssTable, ({ growth }) => growth === 'elsewhere');
/** What of them can't be told is unattributed, so all of a book is known where one of them is. */
const native = [...namesOf(rssTable, canLeak), 'unattributed'];
const ofContainer = namesOf(cgroupTable, canLeak).map((name) => `cgroup_${name}`);
const all = [...ofGo, ...native, 'unexplained', 'rss', ...ofContainer];

/**
 * Where the runtime does not tell what lives, Go's memory is judged by the RSS book; where no owner is known after every load, what is not
 * Go's is judged by `unexplained`, and by all of RSS where that says too little.
 */
export function suspectsAmong(afters: readonly Phase[]): Suspects {
  const isKnown = (name: string) => afters.length > 0 && afters.every(({ floors }) => floors[name] !== undefined);
  const isLiveKnown = isKnown('heap_live') && afters.every(({ collected }) => collected);
  const hasOwners = native.some(isKnown);
  const heap = isLiveKnown ? ofGo : [...ofGo.filter((name) => !ofHeap.has(name)), ...arenas];
  const whole: ReadonlyArray<'unexplained' | 'rss'> = isKnown('unexplained') && isLiveKnown ? ['unexplained'] : ['unexplained', 'rss'];
  const names = [...heap, ...(hasOwners ? native : whole), ...ofContainer].filter(isKnown);
  const beyondGo = hasOwners ? 'owners' : (whole.find(isKnown) ?? 'nothing');
  return { names: new Set(names), beyondGo, lost: lostAmong(afters) };
}

function canLeak({ growth }: { readonly growth: GrowthMeaning }): boolean {
  return growth === 'leak';
}

function lostAmong(afters: readonly Phase[]): readonly Lost[] {
  const byLoads = new Map<string, { names: string[]; loads: readonly number[] }>();
  for (const name of all) {
    const loads = afters.filter(({ floors }) => floors[name] === undefined).map(({ cycle }) => cycle);
    if (loads.length === 0 || loads.length === afters.length) continue;
    const lost = byLoads.get(loads.join()) ?? { names: [], loads };
    lost.names.push(name);
    byLoads.set(loads.join(), lost);
  }
  return [...byLoads.values()];
}
