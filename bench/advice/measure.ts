import type { Installation } from '../memgap.ts';
import type { Advice } from './ask-memgap.ts';
import { type Bounds, boundsOf, missesOf } from './conditions.ts';
import { observe } from './observe.ts';
import type { Prepared } from './prepare.ts';
import { robustaKrr, verticalPodAutoscaler } from './published-rules.ts';
import { type Patience, runTrial } from './run-trial.ts';
import { searchLeast } from './search-least.ts';
import { type Squeezed, squeeze } from './squeeze.ts';
import type { Size } from './subject.ts';
import type { Trial } from './trial.ts';

/** A size that somebody gives, and what came of it. */
export interface Given {
  readonly by: Giver;
  readonly size?: Size;
  /** Why there is none. */
  readonly why?: string;
  /** `right_size` of memgap's document. */
  readonly document?: object;
  readonly misses: readonly string[];
  readonly trials: readonly Trial[];
}

/** memgap, by what it had seen: one look, ten polls, an OOM kill, a program that starves; and two published rules. */
export type Giver = 'look' | 'polls' | 'killed' | 'starved' | 'vpa' | 'krr';

/** All that is known of one program. */
export interface Measured {
  readonly name: string;
  readonly kind: string;
  readonly free: readonly Trial[];
  readonly bounds: Bounds;
  /** Limits that were too small, and what came of them. */
  readonly squeezed: readonly Pick<Squeezed, 'limit' | 'came'>[];
  readonly given: readonly Given[];
  /** The least limit that keeps the bounds. */
  readonly least?: number;
  /** Every start that the search for it made. */
  readonly searched: readonly Trial[];
  readonly seconds: number;
  readonly at: string;
}

const mebibyte = 1024 ** 2;
const times = 3;
const step = 0.04;

/** Tries all sizes of one program. */
export async function measure(prepared: Prepared, installation: Installation, say: (text: string) => void): Promise<Measured> {
  const begin = performance.now();
  const { name, kind } = prepared.subject;
  const free: Trial[] = [];
  for (let turn = 0; turn < times; turn += 1)
    free.push(await runTrial(prepared, {}, { ready: 60, load: 120, readBytes: Number.POSITIVE_INFINITY }));
  const broken = free.find(({ failed }) => failed !== undefined);
  if (broken !== undefined) throw new Error(`${name} does not run without a limit: ${broken.failed}`);
  const bounds = boundsOf(free);
  say(
    `without a limit: ready ${free.map(({ ready = 0 }) => ready.toFixed(2)).join(', ')} s, read ${free.map(({ readBytes }) => mib(readBytes)).join(', ')} MiB, collections ${free.map(({ gcSeconds = 0 }) => gcSeconds.toFixed(2)).join(', ')} s`,
  );
  const patience: Patience = {
    ready: 3 * bounds.ready + 2,
    load: 2 * Math.max(...free.map(({ loadSeconds = 0 }) => loadSeconds)) + 5,
    readBytes: 3 * bounds.readBytes,
  };

  const seen = await observe(prepared, installation);
  const settled = workingSetsOf(free);
  const most = Math.max(...settled);
  const squeezed = await squeezeDown(prepared, installation, Math.max(...free.map(({ anonymous }) => anonymous)), bounds);
  say(`too little: ${squeezed.map(({ limit, came }) => `${mib(limit)}Mi: ${came}`).join(', ')}`);
  const after = (came: Squeezed['came']) =>
    squeezed.find((each) => each.came === came)?.advice ?? { why: `no limit that was tried had it ${came}` };
  const sizes: readonly (readonly [Giver, Advice])[] = [
    ['look', seen.look],
    ['polls', seen.polls],
    ['killed', after('killed')],
    ['starved', after('starved')],
    ['vpa', { size: { limit: verticalPodAutoscaler(settled) } }],
    ['krr', { size: { limit: robustaKrr(settled) } }],
  ];
  const tried = new Map<string, readonly Trial[]>();
  const given: Given[] = [];
  for (const [by, { size, why, document }] of sizes) {
    const rest = { by, ...(why !== undefined && { why }), ...(document && { document }) };
    if (size === undefined) {
      say(`${by}: ${why}`);
      given.push({ ...rest, misses: [], trials: [] });
      continue;
    }
    const key = JSON.stringify(size);
    const trials = tried.get(key) ?? (await tryOut(prepared, size, bounds, patience));
    tried.set(key, trials);
    const misses = missesOf(trials, bounds);
    given.push({ ...rest, size, misses, trials });
    say(`${by}: ${shown(size)}: ${misses.length === 0 ? 'passes' : misses.join('; ')}`);
  }
  const searched: Trial[] = [];
  const least = await leastOf(prepared, { bounds, patience, given, most, searched });
  say(`the least that passes: ${least === undefined ? 'none' : `${mib(least)} MiB`}`);
  return {
    name,
    kind,
    free,
    bounds,
    squeezed: squeezed.map(({ limit, came }) => ({ limit, came })),
    given,
    ...(least !== undefined && { least }),
    searched,
    seconds: (performance.now() - begin) / 1000,
    at: new Date().toISOString(),
  };
}

/** Limits below what it held, until one kills. */
async function squeezeDown(
  prepared: Prepared,
  installation: Installation,
  anonymous: number,
  bounds: Bounds,
): Promise<readonly Squeezed[]> {
  const squeezed: Squeezed[] = [];
  for (const share of [0.85, 0.6, 0.4]) {
    const limit = Math.ceil((share * anonymous) / mebibyte) * mebibyte;
    const last = await squeeze(prepared, installation, limit, bounds);
    squeezed.push(last);
    if (last.came === 'killed') break;
  }
  return squeezed;
}

/** Three starts; the rest of them is spared where one was killed. */
async function tryOut(prepared: Prepared, size: Size, bounds: Bounds, patience: Patience): Promise<readonly Trial[]> {
  const trials: Trial[] = [];
  for (let turn = 0; turn < times; turn += 1) {
    const trial = await runTrial(prepared, size, patience);
    trials.push(trial);
    if (trial.oomKills > 0 || (turn === 1 && trials.every((each) => missesOf([each], bounds).length > 0))) break;
  }
  return trials;
}

/**
 * The least limit that keeps the bounds, with the program's own settings, or with memgap's share of GOMEMLIMIT where it gives one: the lesser of the two.
 */
async function leastOf(
  prepared: Prepared,
  {
    bounds,
    patience,
    given,
    most,
    searched,
  }: { bounds: Bounds; patience: Patience; given: readonly Given[]; most: number; searched: Trial[] },
): Promise<number | undefined> {
  const share = given.flatMap(({ size }) =>
    size?.limit !== undefined && size.gomemlimit !== undefined ? [size.gomemlimit / size.limit] : [],
  )[0];
  const found: number[] = [];
  for (const withLimit of share === undefined ? [undefined] : [undefined, share]) {
    const passesAt = async (limit: number) => {
      const size = { limit, ...(withLimit !== undefined && { gomemlimit: withLimit * limit }) };
      for (let turn = 0; turn < 2; turn += 1) {
        const trial = await runTrial(prepared, size, patience);
        searched.push(trial);
        if (missesOf([trial], bounds).length === 0) return true;
        if (trial.oomKills > 0) return false;
      }
      return false;
    };
    const alike = given.filter(({ size, trials }) => trials.length > 0 && (size?.gomemlimit !== undefined) === (withLimit !== undefined));
    const good = alike.filter(({ misses }) => misses.length === 0).flatMap(({ size }) => size?.limit ?? []);
    let high = Math.min(...good, ...found);
    if (!Number.isFinite(high)) {
      high = most * 1.5;
      while (!(await passesAt(high))) {
        high *= 1.5;
        if (high > most * 8) return undefined;
      }
    } else if (found.length > 0 && !good.includes(high) && !(await passesAt(high))) continue;
    const bad = alike
      .filter(({ misses }) => misses.length > 0)
      .flatMap(({ size }) => size?.limit ?? [])
      .filter((limit) => limit < high);
    found.push(await searchLeast({ fails: Math.max(high / 8, 6 * mebibyte, ...bad), passes: high }, step, passesAt));
  }
  return Math.min(...found);
}

/** Of all starts; the first second, in which the files are read, counts as well. */
function workingSetsOf(trials: readonly Trial[]): readonly number[] {
  return trials.flatMap(({ workingSets }) => workingSets);
}

function shown({ limit = 0, gomemlimit }: Size): string {
  return `${mib(limit)}Mi${gomemlimit === undefined ? '' : ` with GOMEMLIMIT=${mib(gomemlimit)}MiB`}`;
}

function mib(size: number): string {
  return (size / mebibyte).toFixed(0);
}
