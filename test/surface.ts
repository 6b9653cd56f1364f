import { fastify } from 'fastify';
import { configPage } from '../scripts/generate/config-page.ts';
import { metricsDocument } from '../scripts/generate/metrics-page.ts';
import { ledgerDocument } from '../src/answer/document.ts';
import { causes } from '../src/causes/index.ts';
import { commands } from '../src/cli/commands.ts';
import { options } from '../src/cli/options.ts';
import { cgroupTable } from '../src/model/components/cgroup.ts';
import { goTable } from '../src/model/components/go.ts';
import { rssTable } from '../src/model/components/rss.ts';
import { sources } from '../src/poll/sources.ts';
import { routes } from '../src/serve/http/routes/index.ts';
import { depsOf } from './serve/http/served.ts';
import { fullSnapshot, stateOf } from './serve/metrics/states.ts';

/** All names that people, scrapers and scripts may rely on, each with its kind (`metric memgap_rss_bytes`), in alphabetical order. */
export function surface(): readonly string[] {
  const { ledger, verdicts, past } = stateOf(fullSnapshot);
  const names = {
    cause: causes.map(({ name }) => name),
    command: Object.keys(commands),
    component: [goTable, rssTable, cgroupTable].flatMap(({ name, components }) => Object.keys(components).map((each) => `${name}:${each}`)),
    config: [...configPage().matchAll(/^\| `(\w+)`/gm)].map(([, name = '']) => name),
    flag: options.map(({ name }) => name),
    json: ledger === undefined ? [] : keysOf(JSON.parse(JSON.stringify(ledgerDocument(ledger, verdicts, past)))),
    metric: [...metricsDocument().matchAll(/^\| `(memgap_\w+)`/gm)].map(([, name = '']) => name),
    page: pages(),
    source: Object.keys(sources),
  };
  const lines = Object.entries(names).flatMap(([kind, each]) => each.map((name) => `${kind} ${name}`));
  return [...new Set(lines)].toSorted();
}

function pages(): readonly string[] {
  const paths: string[] = [];
  const app = fastify();
  app.addHook('onRoute', ({ url }) => void paths.push(url));
  for (const { add } of routes) add(app, { ...depsOf([]), answering: () => undefined });
  return paths;
}

/** The paths of all members, `causes[].name`. */
function keysOf(value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((each) => keysOf(each, `${path}[]`));
  if (typeof value !== 'object' || value === null) return path === '' ? [] : [path];
  return Object.entries(value).flatMap(([key, each]) => keysOf(each, path === '' ? key : `${path}.${key}`));
}
