import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Lab, type LabName, locate, locateLab, type Prometheus, startLab, startPrometheus } from '../../test/programs.ts';
import { answer, type Child, freePort, startChild } from '../child.ts';

const memory = '/sys/fs/cgroup/memory'; // v1, where a group can be made beside the others
const mebibyte = 1024 * 1024;

/**
 * The story that memgap was born from, on real programs: an operator rises while 1000 objects exist, they are deleted, and it rises again,
 * in a container with a limit; beside it one whose C memory grows until the kernel kills it, and that is started anew. memgap watches both
 * and the Prometheus that scrapes it. Calls `use` when it is over, with all still running, and ends them. Takes `seconds`.
 */
export async function tell(root: string, seconds: number, use: (prometheus: Prometheus) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'memgap-pictures-'));
  const running: Child[] = [];
  const groups: string[] = [];
  try {
    const operator = await contained(folder, 'operator', 'go1.22-cgo', 224, groups);
    running.push(await operator.start());
    const importer = await contained(folder, 'importer', 'go-newest-cgo', 128, groups);
    running.push(await importer.start());
    const port = await freePort();
    const prometheus = await startPrometheus(groupedPrometheus(folder, groups), () => scrapeConfig(port));
    running.push(prometheus);
    const file = join(folder, 'memgap.yml');
    writeFileSync(file, memgapConfig([operator, importer], prometheus));
    const args = ['serve', '--config.file', file, '--web.listen-address', `127.0.0.1:${port}`];
    const memgap = await startChild('memgap', join(root, 'bin/memgap'), args);
    running.push(memgap);
    await answer(memgap, `http://127.0.0.1:${port}/-/healthy`);
    await live(operator, importer, seconds, running);
    await use(prometheus);
  } finally {
    for (const child of running.reverse()) await child.stop();
    for (const group of groups) rmdirSync(group);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A program that starts Prometheus in a group of its own, and that has its web page beside it, where it would be looked for. */
function groupedPrometheus(folder: string, groups: string[]): string {
  const found = locate('prometheus');
  if (!found.ok) throw new Error(found.detail);
  mkdirSync(join(folder, 'prometheus'));
  symlinkSync(join(dirname(found.value), '../share'), join(folder, 'share'));
  return inGroup(folder, 'prometheus/prometheus', found.value, undefined, groups);
}

/** A program of the story, which may be started again. */
interface Contained {
  readonly name: string;
  /** Where each of its processes answers. */
  readonly address: string;
  start(): Promise<Lab>;
}

/** A lab inside of a memory group with a limit. */
async function contained(folder: string, name: string, lab: LabName, limit: number, groups: string[]): Promise<Contained> {
  const found = locateLab(lab);
  if (!found.ok) throw new Error(found.detail);
  const program = join(folder, name);
  copyFileSync(found.value, program); // under its own name, by which memgap finds it when it was started anew
  const script = inGroup(folder, `${name}.sh`, program, limit, groups);
  const address = `127.0.0.1:${await freePort()}`;
  return { name, address, start: () => startLab(script, address, { TMPDIR: folder }) };
}

/**
 * Writes a script that runs a program inside of a memory group of its own, so that all of its memory is charged there; without one where
 * none can be made.
 */
function inGroup(folder: string, name: string, program: string, limit: number | undefined, groups: string[]): string {
  const group = join(memory, ownGroup(), `memgap-pictures-${process.pid}-${basename(name, '.sh')}`);
  let enter = '';
  if (existsSync(join(memory, 'memory.stat'))) {
    mkdirSync(group);
    groups.push(group);
    if (limit !== undefined) writeFileSync(join(group, 'memory.limit_in_bytes'), String(limit * mebibyte));
    enter = `echo $$ >'${join(group, 'cgroup.procs')}'\n`;
  }
  const script = join(folder, name);
  writeFileSync(script, `#!/bin/sh\n${enter}exec '${program}' "$@"\n`, { mode: 0o755 });
  return script;
}

function ownGroup(): string {
  return /^\d+:memory:(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'latin1'))?.[1] ?? '';
}

function scrapeConfig(port: number): string {
  return `global: { scrape_interval: 1s }
scrape_configs:
  - job_name: memgap
    static_configs: [{ targets: ["127.0.0.1:${port}"], labels: { instance: "worker-1:9779" } }]
`;
}

function memgapConfig(labs: readonly Contained[], prometheus: Prometheus): string {
  const targets = labs.map(({ name, address }) => ({
    name,
    go: { pprof: `http://${address}/debug/pprof`, expvar: `http://${address}/debug/vars` },
    process: { exe: name },
  }));
  const own = {
    name: 'prometheus',
    go: { pprof: `${prometheus.url}/debug/pprof`, metrics: `${prometheus.url}/metrics` },
    process: { pid: prometheus.pid },
  };
  return JSON.stringify({ poll_interval: '1s', targets: [...targets, own] });
}

/** Idle, load, after, load, after: a fifth of the time each. What is started anew goes to `running`. */
async function live(operator: Contained, importer: Contained, seconds: number, running: Child[]): Promise<void> {
  const steps = 10;
  const phase = seconds / 5;
  const leak = async () => {
    const killed = await ask(importer, '/cgo/grow?mib=3').then(
      () => false,
      () => true,
    );
    if (killed) running.push(await importer.start());
  };
  const grow = async (request: string | undefined) => {
    for (let step = 0; step < steps; step += 1) {
      if (request !== undefined) await ask(operator, request);
      await leak();
      await sleep((phase / steps) * 1000);
    }
  };
  for (const request of ['/grow?mib=14&chunk=8', '/goroutines?n=60', '/drop?keep=12', '/gc']) await ask(operator, request);
  await grow(undefined);
  for (const keep of [16, 16]) {
    await ask(operator, '/goroutines?n=12');
    await ask(operator, '/shape/page-cache?mib=12');
    await grow('/grow?mib=11&chunk=4');
    await ask(operator, `/drop?keep=${keep}`);
    await ask(operator, '/gc');
    await grow(undefined);
  }
}

async function ask({ name, address }: Contained, request: string): Promise<void> {
  const response = await fetch(`http://${address}${request}`);
  await response.text();
  if (!response.ok) throw new Error(`${name} answers ${request} with ${response.status}`);
}
