import { budgets } from '../../budgets.ts';
import type { GoNumbers } from '../../model/go.ts';
import { mapReading, missing } from '../../model/reading.ts';
import type { Source } from '../../model/source.ts';
import type { Endpoint } from '../../model/target.ts';
import { readEndpoint, type Scan } from '../../net/read-endpoint.ts';
import { scanJsonMember } from './json-member.ts';
import { type MemStatsField, memStatsFields, memStatsOf, withoutGoNumbers } from './memstats-fields.ts';

const maxMemberBytes = budgets.jsonMember.maxBytes;
const maxTokens = budgets.jsonTokens.maxTokens;

/** Reads `memstats` of package expvar, usually at /debug/vars: the cheapest Go source. Stops the target's world for microseconds. */
export const expvar: Source<Endpoint, GoNumbers> = {
  name: 'expvar',
  without: withoutGoNumbers,
  read(endpoint, signal) {
    return readEndpoint(endpoint, { path: '', accept: 'application/json', signal }, scanExpvar());
  },
};

/**
 * MemStats from a stream: `unsupported` when it has no `memstats`, `malformed` when it is no JSON object. Holds the value of `memstats`
 * alone, for the rest is as long as the program likes, and may be secret (cmdline).
 */
export function scanExpvar(): Scan<GoNumbers> {
  const scan = scanJsonMember('memstats', { bytes: maxMemberBytes, tokens: maxTokens });
  return {
    add: scan.add,
    end() {
      const member = scan.end();
      if (member.is === 'found') return mapReading(parseMemStatsJson(member.text), (memstats) => ({ memstats }));
      if (member.is === 'absent') return missing('unsupported', 'the page has no "memstats": the program does not publish them by expvar');
      if (member.is === 'too-many')
        return missing('too-large', `the page has more than ${maxTokens} strings, brackets, members and escapes`);
      if (member.is === 'too-large') return missing('too-large', `its "memstats" are longer than ${maxMemberBytes} bytes`);
      return missing('malformed', member.detail);
    },
  };
}

function parseMemStatsJson(text: string) {
  const stats = parseObject(text);
  if (stats === undefined) return missing('malformed', '"memstats" is no JSON object');
  const numbers = new Map<MemStatsField, number>();
  for (const name of memStatsFields) {
    if (!Object.hasOwn(stats, name)) continue;
    if (text.split(`"${name}"`).length > 2) return missing('malformed', `MemStats.${name} stands there twice`); // JSON.parse takes the last
    const value = stats[name];
    numbers.set(name, typeof value === 'number' ? value : Number.NaN);
  }
  return memStatsOf(numbers);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
