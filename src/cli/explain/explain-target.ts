import { redactAddress } from '../../config/endpoint-address.ts';
import { configFromFlags } from '../../config/flags.ts';
import type { LoadResult } from '../../config/load.ts';
import { loopbackOf } from '../../discovery/listeners.ts';
import type { Config } from '../../model/config.ts';
import { missing, type Reading } from '../../model/reading.ts';
import type { ProcessSelector, TargetConfig } from '../../model/target.ts';
import type { Arguments } from '../arguments.ts';
import { configure, flagsOf } from '../configure.ts';
import { searchedGoProcess } from './discovered.ts';

/** The target that a command is asked for; else what is wrong with the question or with the config file, or what the search found. */
export type Choice =
  | { readonly ok: true; readonly target: TargetConfig; readonly config: Config; readonly note?: string }
  | Refused
  | { readonly ok: false; readonly search: Reading<never> };

/** What a look came to that found nobody, where only the discovery names targets. */
export const nobodyDiscovered = missing('not-found', 'there is no Go process in sight that a rule of the discovery means');

type Refused = Extract<LoadResult, { ok: false }>;

/**
 * What the word after `explain` or `doctor` means: a number is a pid, a URL an endpoint, anything else the name of a configured or
 * discovered target; flags may add to it. For a URL on this machine the process is the one that listens on its port, unless a flag tells
 * another.
 */
export async function chooseTarget(args: Arguments, discovered: readonly TargetConfig[] = []): Promise<Choice> {
  const [word, ...more] = args.positionals;
  if (more.length > 0) return refused('give one pid, URL or name');
  if (word === undefined && !isTold(args)) return onlyGo(args);
  if (word === undefined || args.given('config.file')) return fromConfig(args, discovered, word);
  if (isPid(word)) return fromFlags(args, { 'target.pid': word, 'target.name': `pid ${word}` });
  if (isUrl(word)) return fromFlags(args, endpointFlags(word));
  return notMeant(word);
}

/** The word after `explain` where it may name a file of `memgap record`. */
export function recordFile(args: Arguments): string | undefined {
  const [word, ...more] = args.positionals;
  if (word === undefined || more.length > 0 || args.given('config.file')) return undefined;
  return isPid(word) || isUrl(word) ? undefined : word;
}

/** What is said of a word that means nothing. */
export function notMeant(word: string): Refused {
  return refused(`"${redactAddress(word)}" is no pid and no URL; a name needs --config.file`);
}

function isPid(word: string): boolean {
  return /^\d+$/.test(word);
}

function isUrl(word: string): boolean {
  return /^(https?|unix):/.test(word);
}

/** Whether anything says which target is meant: a name, or to probe its ports, does not. */
function isTold(args: Arguments): boolean {
  return ['config.file', ...['pprof', 'expvar', 'metrics', 'pid', 'exe', 'port', 'cgroup'].map((name) => `target.${name}`)].some(
    args.given,
  );
}

/** In a container that joined another one's pid namespace there is nothing to choose. */
async function onlyGo(args: Arguments): Promise<Choice> {
  const only = await searchedGoProcess(args);
  if (!only.ok) return { ok: false, search: only };
  const { pid, unread } = only.value;
  const others = unread === 0 ? '' : `; what ${unread} other processes run can't be read`;
  const choice = fromFlags(args, { 'target.pid': String(pid), 'target.name': `pid ${pid}` });
  return choice.ok ? { ...choice, note: `process ${pid} is the only Go program in sight${others}` } : choice;
}

async function fromConfig(args: Arguments, discovered: readonly TargetConfig[], name: string | undefined): Promise<Choice> {
  const loaded = await configure(args);
  if (!loaded.ok) return loaded;
  const { config } = loaded;
  const targets = [...config.targets, ...discovered];
  if (targets.length === 0) return { ok: false, search: nobodyDiscovered };
  const names = targets.map((target) => target.name);
  const target = name === undefined ? targets[0] : targets.find((each) => each.name === name);
  if (target === undefined) return refused(`no target is named "${redactAddress(name ?? '')}": there are ${names.join(', ')}`);
  if (name === undefined && names.length > 1) return refused(`which target? memgap ${args.command} ... NAME: one of ${names.join(', ')}`);
  return { ok: true, target, config };
}

function fromFlags(args: Arguments, flags: Readonly<Record<string, string>>): Choice {
  const loaded = configFromFlags({ ...flags, ...flagsOf(args) });
  if (!loaded.ok) return loaded;
  const [target] = loaded.config.targets;
  if (target === undefined) return refused('no target');
  return { ok: true, config: loaded.config, target: { ...target, process: target.process ?? listenerOf(target) } };
}

/** By what its path ends in; a bare address is asked for both of the usual pages. */
function endpointFlags(url: string): Readonly<Record<string, string>> {
  const bare = url.replace(/\/+$/, '');
  const name = bare.replace(/^\w+:\/*/, '').replace(/\/.*$/, '');
  if (bare.endsWith('/debug/vars')) return { 'target.expvar': bare, 'target.name': name };
  if (bare.endsWith('/metrics')) return { 'target.metrics': bare, 'target.name': name };
  if (/^https?:\/\/[^/]+$/.test(bare))
    return { 'target.pprof': `${bare}/debug/pprof`, 'target.metrics': `${bare}/metrics`, 'target.name': name };
  return { 'target.pprof': bare.replace(/\/heap$/, ''), 'target.name': name };
}

function listenerOf({ go: { pprof, expvar, metrics } }: TargetConfig): ProcessSelector | undefined {
  const endpoint = [pprof, expvar, metrics].find((each) => each !== undefined && each.socketPath === undefined);
  const port = endpoint === undefined ? undefined : loopbackOf(endpoint.url)?.port;
  return port === undefined ? undefined : { by: 'port', port };
}

function refused(message: string): Refused {
  return { ok: false, problems: [{ message }] };
}
