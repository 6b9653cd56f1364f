import type { Installation } from '../memgap.ts';
import { mebibytes } from '../table.ts';
import type { Advice } from './ask-memgap.ts';
import { type Bounds, boundsOf } from './conditions.ts';
import { findLeast } from './find-least.ts';
import type { Given, Giver, Measured } from './measured.ts';
import { observe } from './observe.ts';
import { endless, type Patience, patienceWith } from './patience.ts';
import type { Prepared } from './prepare.ts';
import { robustaKrr, verticalPodAutoscaler } from './published-rules.ts';
import { runTrial } from './run-trial.ts';
import { type Squeezed, squeeze } from './squeeze.ts';
import type { Size } from './subject.ts';
import type { Trial } from './trial.ts';
import { tryAdvice } from './try-advice.ts';

/** How much is done of it. */
export interface Plan {
  /** Starts of which the median counts: an odd number. */
  readonly times: number;
  /** Whether it is seen under limits that are too small. */
  readonly squeezes: boolean;
  /** Whether the published rules are tried as well, and the least limit is searched. */
  readonly compares: boolean;
}

/** The whole of it, what an emulated machine is asked, and what CI has time for. */
export const plans = {
  whole: { times: 3, squeezes: true, compares: true },
  virtual: { times: 1, squeezes: true, compares: true },
  short: { times: 1, squeezes: false, compares: false },
} as const satisfies Record<string, Plan>;

const mebibyte = 1024 ** 2;

/** Tries all sizes that are given for one program. */
export async function measure(
  prepared: Prepared,
  { installation, memgap }: { readonly installation: Installation; readonly memgap: string },
  { times, squeezes, compares }: Plan,
  say: (text: string) => void,
): Promise<Measured> {
  const begin = performance.now();
  const { name, kind } = prepared.subject;
  const free: Trial[] = [];
  while (free.length < times) free.push(await runTrial(prepared, {}, endless));
  const broken = free.find(({ failed }) => failed !== undefined);
  if (broken !== undefined) throw new Error(`${name} does not run without a limit: ${broken.failed}`);
  const bounds = boundsOf(free);
  const patience = patienceWith(free, bounds);
  say(`without a limit: ${free.map(courseOf).join('; ')}`);

  const { look, polls } = await observe(prepared, installation);
  const squeezed = await squeezeDown(prepared, installation, squeezes ? limitsOf(free) : [], { bounds, patience });
  for (const { limit, came } of squeezed) say(`${mebibytes(limit)} MiB are too little: ${came}`);
  const after = (came: Squeezed['came']): Advice =>
    squeezed.find((each) => each.came === came)?.advice ?? { why: !squeezes ? 'not tried' : `never ${came}` };
  const workingSets = free.flatMap((each) => each.workingSets);
  const published: readonly (readonly [Giver, Advice])[] = [
    ['vpa', { size: { limit: verticalPodAutoscaler(workingSets) } }],
    ['krr', { size: { limit: robustaKrr(workingSets) } }],
  ];
  const advised: readonly (readonly [Giver, Advice])[] = [
    ['look', look],
    ['polls', polls],
    ['killed', after('killed')],
    ['starved', after('starved')],
    ...(compares ? published : []),
  ];
  const given: Given[] = [];
  for (const [by, advice] of advised) {
    const before = given.find(({ size }) => size !== undefined && JSON.stringify(size) === JSON.stringify(advice.size));
    const tried = before ?? (await tryAdvice(prepared, advice.size, { bounds, patience, times: isMemgaps(by) ? times : 1 }));
    const { misses, trials } = tried;
    given.push({ by, ...advice, misses, trials });
    say(`${by}: ${advice.size === undefined ? advice.why : `${sizeOf(advice.size)}: ${misses.join('; ') || 'passes'}`}`);
  }
  const most = Math.max(...workingSets);
  const { least, searched } = compares ? await findLeast(prepared, { bounds, patience, given, most }) : { least: undefined, searched: [] };
  if (compares) say(`the least that passes: ${least === undefined ? 'none' : `${mebibytes(least)} MiB`}`);
  return {
    ...{ name, kind, free, bounds, squeezed: squeezed.map(({ limit, came }) => ({ limit, came })), given, searched, memgap },
    ...(least !== undefined && { least }),
    seconds: (performance.now() - begin) / 1000,
    at: new Date().toISOString(),
  };
}

function isMemgaps(by: Giver): boolean {
  return by !== 'vpa' && by !== 'krr';
}

async function squeezeDown(
  prepared: Prepared,
  installation: Installation,
  limits: readonly number[],
  known: { readonly bounds: Bounds; readonly patience: Patience },
): Promise<readonly Squeezed[]> {
  const squeezed: Squeezed[] = [];
  for (const limit of limits) {
    const last = await squeeze(prepared, installation, limit, known);
    squeezed.push(last);
    if (last.came === 'killed') break;
  }
  return squeezed;
}

/** Below what the program uses, where files starve; and below what nobody can take back. */
function limitsOf(free: readonly Trial[]): readonly number[] {
  const anonymous = Math.max(...free.map((each) => each.anonymous));
  const used = Math.max(...free.map(({ peak }) => peak));
  return [0.6 * used, 0.85 * anonymous, 0.5 * anonymous].map((limit) => Math.ceil(limit / mebibyte) * mebibyte);
}

function courseOf({ ready = 0, readBytes, gcSeconds = 0, loadSeconds = 0, peak }: Trial): string {
  return `ready ${ready.toFixed(2)} s, load ${loadSeconds.toFixed(1)} s, read ${mebibytes(readBytes)} MiB, collections ${gcSeconds.toFixed(2)} s, peak ${mebibytes(peak)} MiB`;
}

function sizeOf({ limit = 0, gomemlimit }: Size): string {
  return `${mebibytes(limit)} MiB${gomemlimit === undefined ? '' : ` with GOMEMLIMIT=${mebibytes(gomemlimit)}`}`;
}
