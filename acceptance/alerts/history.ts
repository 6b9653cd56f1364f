import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { stringify } from 'yaml';
import { answer, type Child, freePort, startChild } from '../../scripts/child.ts';
import type { RecordingRule } from '../../scripts/rules/rule.ts';

/** The programs that make a past and answer for it. */
export interface Programs {
  readonly prometheus: string;
  readonly promtool: string;
}

/** A stretch of time, in Unix seconds. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A series at one instant of a query's range: Unix seconds at which it had a value, by the value of its label `target`. */
type Answers = ReadonlyMap<string, readonly number[]>;

/** A real Prometheus that remembers what it was given. */
export interface History {
  /** Adds what these rules would have recorded; a rule sees what those of an earlier call recorded. */
  record(rules: readonly RecordingRule[]): Promise<void>;
  /**
   * Where an expression was true: a range query each `step` seconds, at the times at which rules were recorded, as a group's alerts are
   * evaluated.
   */
  query(expr: string, step: number): Promise<Answers>;
  remove(): Promise<void>;
}

const interval = 300; // seconds, of the rules that are recorded

/** Backfills a Prometheus with OpenMetrics text (promtool tsdb create-blocks-from). Its data is in a folder of its own. */
export async function historyOf({ prometheus, promtool }: Programs, lines: Iterable<string>, range: Range): Promise<History> {
  const folder = mkdtempSync(join(tmpdir(), 'memgap-alerts-'));
  const data = join(folder, 'data');
  mkdirSync(data);
  writeFileSync(join(folder, 'prometheus.yml'), '{}');
  let server: (Child & { readonly url: string }) | undefined;
  let late = 0;

  async function start(): Promise<void> {
    const port = await freePort();
    const assets = join(dirname(prometheus), '../share/prometheus/web/');
    const child = await startChild('prometheus', prometheus, [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${data}`,
      `--web.listen-address=127.0.0.1:${port}`,
      ...(existsSync(assets) ? [`--web.local-assets=${assets}`] : []),
    ]);
    server = { ...child, url: `http://127.0.0.1:${port}` };
    await answer(child, `${server.url}/-/ready`);
  }

  async function record(rules: readonly RecordingRule[]): Promise<void> {
    // When in its interval a group is evaluated follows from its name and the path of its file: a relative one, so that it is the same each
    // time.
    writeFileSync(join(folder, 'rules.yml'), stringify({ groups: [{ name: 'floors', interval: `${interval}s`, rules }] }));
    const span = [`--start=${range.start}`, `--end=${range.end}`];
    execFileSync(promtool, ['tsdb', 'create-blocks-from', 'rules', `--url=${server?.url}`, ...span, `--output-dir=${data}`, 'rules.yml'], {
      cwd: folder,
      stdio: 'ignore',
    });
    await server?.stop(); // it looks for blocks when it starts
    await start();
    late = await lateness(rules);
  }

  /** How long after `range.start` the group was first evaluated. */
  async function lateness([rule]: readonly RecordingRule[]): Promise<number> {
    const body = new URLSearchParams({ query: `max(timestamp(${rule?.record}))`, time: `${range.end}` });
    const response = await fetch(`${server?.url}/api/v1/query`, { method: 'POST', body });
    const { data } = (await response.json()) as { data: { result: ReadonlyArray<{ value: [number, string] }> } };
    const at = Number(data.result[0]?.value[1]);
    if (!Number.isFinite(at)) throw new Error(`${rule?.record} was not recorded`);
    return (at - range.start) % interval;
  }

  async function query(expr: string, step: number): Promise<Answers> {
    const body = new URLSearchParams({ query: expr, start: `${range.start + late}`, end: `${range.end}`, step: `${step}` });
    const response = await fetch(`${server?.url}/api/v1/query_range`, { method: 'POST', body });
    if (!response.ok) throw new Error(`${expr}: ${response.status} ${await response.text()}`);
    return answersOf(await response.json());
  }

  async function remove(): Promise<void> {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  }

  try {
    const text = join(folder, 'series.txt');
    await write(text, lines);
    execFileSync(promtool, ['tsdb', 'create-blocks-from', '--max-block-duration=162h', 'openmetrics', '-q', text, data], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    rmSync(text);
    await start();
  } catch (error) {
    await remove();
    throw error;
  }
  return { record, query, remove };
}

async function write(path: string, lines: Iterable<string>): Promise<void> {
  const file = createWriteStream(path);
  for (const line of lines) if (!file.write(line)) await once(file, 'drain');
  file.end('# EOF\n');
  await finished(file);
}

interface Matrix {
  readonly data: {
    readonly result: ReadonlyArray<{ readonly metric: { readonly target?: string }; readonly values: ReadonlyArray<[number, string]> }>;
  };
}

function answersOf(body: unknown): Answers {
  const { data } = body as Matrix; // Prometheus's own answer to its own client
  return new Map(data.result.map(({ metric, values }) => [metric.target ?? '', values.map(([at]) => at)]));
}
