import { budgets } from '../budgets.ts';
import { wanted } from '../goruntime/endpoints/go-metrics.ts';
import { scanJsonMember } from '../goruntime/endpoints/json-member.ts';
import { lineScan } from '../goruntime/endpoints/line-scan.ts';
import { memStatsFields } from '../goruntime/endpoints/memstats-fields.ts';
import { collectText } from '../net/collect-text.ts';

/** Takes a body as it comes, and has what is kept of it when it is whole. */
export interface BodyCut {
  add(chunk: Buffer): void;
  text(): string;
}

/** What is kept of the answers of a source: what it uses, and no variable or label of the program's beside it. */
export function cutBody(source: string): BodyCut | undefined {
  switch (source) {
    case 'expvar':
      return cutExpvar();
    case 'metrics':
      return cutMetrics();
    case 'pprof_heap':
      return cutProfile();
    case 'pprof_index':
      return cutIndex();
    default:
      return undefined;
  }
}

/** `cmdline` stands there as well, and whatever the program publishes. */
function cutExpvar(): BodyCut {
  const scan = scanJsonMember('memstats', { bytes: budgets.jsonMember.maxBytes, tokens: budgets.jsonTokens.maxTokens });
  return {
    add: scan.add,
    text() {
      const member = scan.end();
      const memstats: unknown = member.is === 'found' ? JSON.parse(member.text) : undefined;
      const fields = Object.entries(typeof memstats === 'object' && memstats !== null ? memstats : {});
      const used = fields.filter(([name, value]) => typeof value === 'number' && memStatsFields.some((field) => field === name));
      return JSON.stringify({ memstats: Object.fromEntries(used) });
    },
  };
}

/** Samples without labels that are wanted, and the version of Go. */
function cutMetrics(): BodyCut {
  const lines: string[] = [];
  const scan = lineScan(
    budgets.metricsLine.maxBytes,
    () => wanted.any,
    (line) => {
      const [, name = '', value] = /^([a-zA-Z_:][\w:]*)[ \t]+([-+.\de]+)/i.exec(line) ?? [];
      const version = line.startsWith(wanted.info) ? wanted.infoValue.exec(line.slice(wanted.info.length))?.[0] : undefined;
      if (value !== undefined && wanted.names.has(name)) lines.push(`${name} ${value}\n`);
      else if (version !== undefined) lines.push(`${wanted.info}${version} 1\n`);
      return true;
    },
  );
  return { add: scan, text: () => lines.join('') };
}

/** Whole: function names and sizes, no values. A very long one is cut to its end, where MemStats are. */
function cutProfile(): BodyCut {
  const collected = collectText();
  return {
    add: collected.add,
    text() {
      const text = collected.text('latin1');
      return text.length <= budgets.recordedProfile.maxBytes ? text : text.slice(Math.max(0, text.lastIndexOf('\n# runtime.MemStats\n')));
    },
  };
}

/** The two rows that are read. */
function cutIndex(): BodyCut {
  const collected = collectText();
  return {
    add: collected.add,
    text: () =>
      [
        ...collected
          .text('latin1')
          .matchAll(/<td[^<>]{0,32}>\d{1,9}(?:<\/td>)?<td[^<>]{0,32}><a href=['"](?:goroutine|threadcreate)\?debug=1['"]/g),
      ]
        .map(([row]) => `${row}\n`)
        .join(''),
  };
}
