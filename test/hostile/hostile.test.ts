import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Missing } from '../../src/model/reading.ts';
import { type Serving, serveMemgap, until, writeConfig } from '../e2e/memgap.ts';
import { locateHostile } from '../programs.ts';
import { expected, type Outcome } from './expected.ts';
import { type Family, familiesOf, type HostileTarget, targetsOf } from './families.ts';
import { startFamily } from './mixture.ts';
import { type Hostile, startPages } from './start.ts';

/** The closed set of reasons (src/model/reading.ts), as values; `satisfies` keeps it whole. */
const reasons = {
  gone: 1,
  denied: 1,
  exhausted: 1,
  unsupported: 1,
  malformed: 1,
  timeout: 1,
  unreachable: 1,
  unauthorized: 1,
  'not-found': 1,
  'too-large': 1,
  mismatch: 1,
  'too-early': 1,
  disabled: 1,
} satisfies Record<Missing, 1>;

/** A target of /api/v1/targets. */
interface SeenTarget {
  readonly name: string;
  readonly sources?: Readonly<Record<string, { readonly ok: boolean; readonly reason?: Missing; readonly detail?: string }>>;
}

const program = locateHostile();
const families = program.ok ? familiesOf(program.value) : [];

test('every family of the hostile program has its row', (t) => {
  if (!program.ok) return t.skip(program.detail);
  assert.deepEqual(families.map(({ path }) => path).sort(), Object.keys(expected).sort());
});

for (const kind of ['framing', 'memstats', 'profile', 'index', 'expvar', 'exposition', 'process']) {
  test(`${kind}: each family ends in a reading that is right for it, and in nothing else`, { timeout: 300_000 }, async (t) => {
    if (!program.ok) return t.skip(program.detail);
    const own = families.filter((family) => family.kind === kind);
    const { targets, missing } = await startAll(t, program.value, own);
    const serving = await serve(t, targets);

    await until(async () => (await seenTargets(serving)).every(wasRead)); // its slowest answer is bounded by the deadline of a poll

    const seen = await seenUndisturbed(serving, own);
    for (const family of own) {
      await t.test(family.path, (t) => {
        const why = missing.get(family.path);
        if (why !== undefined) return t.skip(why);
        const mine = seen.filter(({ name }) => name.split(' ')[0] === family.path);
        assert.ok(mine.length > 0);
        for (const each of mine) judge(each, family);
      });
    }
    await judgePages(serving);
  });
}

/** Pages share one process where none of them is asked together with it. */
async function startAll(t: TestContext, path: string, own: readonly Family[]) {
  const targets: HostileTarget[] = [];
  const missing = new Map<string, string>();
  const shared = ['framing', 'expvar', 'exposition'].includes(own[0]?.kind ?? '') ? await startPages(path) : undefined;
  if (shared !== undefined) t.after(() => shared.stop());
  for (const family of own) {
    const hostile = shared ?? (await started(path, family, missing));
    if (hostile === undefined) continue;
    if (shared === undefined) t.after(() => hostile.stop()); // before memgap's end: what hangs goes on then
    targets.push(...targetsOf(family, hostile));
  }
  return { targets, missing };
}

async function started(path: string, family: Family, missing: Map<string, string>): Promise<Hostile | undefined> {
  try {
    return await startFamily(path, family);
  } catch (error) {
    missing.set(family.path, `${family.path} does not run here: ${error}`);
    return undefined;
  }
}

function serve(t: TestContext, targets: readonly HostileTarget[]): Promise<Serving> {
  const file = writeConfig(`hostile-${targets[0]?.name.replaceAll(/\W/g, '-')}.yml`, JSON.stringify({ poll_interval: '5s', targets }));
  return serveMemgap(t, ['--config.file', file]);
}

async function seenTargets(serving: Serving): Promise<readonly SeenTarget[]> {
  return JSON.parse((await serving.get('/api/v1/targets')).body);
}

const mostLooks = 120;

/** Each target as it is when no busy machine is in its way; after two minutes as it is then. */
async function seenUndisturbed(serving: Serving, own: readonly Family[]): Promise<readonly SeenTarget[]> {
  const seen = new Map<string, SeenTarget>();
  const undisturbed = new Set<string>();
  for (let looks = 0; looks < mostLooks; looks += 1) {
    for (const target of await seenTargets(serving)) {
      const family = own.find(({ path }) => path === target.name.split(' ')[0]);
      if (family === undefined || undisturbed.has(target.name)) continue;
      seen.set(target.name, target);
      if (!isDisturbed(target, family)) undisturbed.add(target.name);
    }
    if (undisturbed.size === seen.size) break;
    await sleep(1000);
  }
  return [...seen.values()];
}

/**
 * Whether its read came to the deadline, or was left alone for the reads of others that were late: which any poll may be on a machine that
 * does other work.
 */
function isDisturbed({ sources = {} }: SeenTarget, { path, kind }: Family): boolean {
  const allowed = expected[path] ?? [];
  const judged = Object.entries(sources).filter(([source]) => about[kind]?.includes(source));
  return judged.some(([, { reason }]) => (reason === 'timeout' || reason === 'exhausted') && !allowed.includes(reason));
}

function wasRead({ sources = {} }: SeenTarget): boolean {
  return Object.keys(sources).length > 0;
}

/** The sources that a family is about; all of a process. */
const about: Readonly<Record<string, readonly string[]>> = {
  framing: ['expvar'],
  expvar: ['expvar'],
  exposition: ['metrics'],
  profile: ['pprof_heap'],
  index: ['pprof_index'],
  memstats: ['expvar', 'metrics', 'pprof_heap'],
  process: ['expvar', 'build_info', 'exe', 'stat', 'status', 'limits', 'environ', 'smaps', 'smaps_rollup'],
};

function judge({ name, sources = {} }: SeenTarget, { path, kind }: Family): void {
  const allowed = expected[path] ?? [];
  const outcomes = Object.entries(sources).filter(([source]) => about[kind]?.includes(source));
  assert.ok(outcomes.length > 0, `${name}: nothing of ${about[kind]} was read`);
  for (const [source, { ok, reason, detail = '' }] of outcomes) {
    const outcome: Outcome | undefined = ok ? 'ok' : reason;
    assert.ok(outcome !== undefined && allowed.includes(outcome), `${name}: ${source} is ${outcome} (${detail}), and may be ${allowed}`);
  }
}

/**
 * What is published of all of them: by the letter of the format, no number that a program made up, nothing that moves a terminal or a page,
 * no reason but the known ones.
 */
async function judgePages(serving: Serving): Promise<void> {
  const { families } = await serving.metrics(); // read strictly
  for (const [name, { samples }] of families) {
    for (const { labels, value } of samples) {
      if (name.endsWith('_bytes')) assert.ok(value < mostTold, `${name} of ${JSON.stringify(labels)} is ${value}`);
      for (const value of Object.values(labels)) assert.doesNotMatch(value, hostile);
      if (labels.reason !== undefined) assert.ok(labels.reason in reasons, labels.reason);
    }
  }
  const targets = await seenTargets(serving);
  const pages = ['/metrics', '/api/v1/targets', '/', ...targets.map(({ name }) => `/explain?target=${encodeURIComponent(name)}`)];
  for (const path of pages) {
    assert.doesNotMatch((await serving.get(path)).body, hostile, path);
    const { type, body } = await serving.get(path, { accept: 'text/html' });
    assert.doesNotMatch(body, type.startsWith('text/html') ? markup : hostile, path);
  }
  assert.doesNotMatch(serving.log(), hostile);
  assert.doesNotMatch(serving.log(), /bug in memgap/);
  assert.equal(serving.ended(), undefined);
}

/** Bytes: no process here has as many addresses, and those that tell more are refused. */
const mostTold = 2 ** 40;

/** But for the line breaks between lines. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const hostile = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/;

const markup = /<script>/;
