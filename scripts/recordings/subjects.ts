import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { programs, startProgram } from '../../acceptance/accuracy/programs.ts';
import type { Reading } from '../../src/model/reading.ts';
import { makeGroup } from '../../test/kernel/cgroup/groups.ts';
import { type LabName, locate, locateLab, startLab } from '../../test/programs.ts';

/** Ends what was started, the last first. */
interface Endings {
  after(end: () => Promise<void>): void;
}

/** A program to record: how it is started and what it is brought to do, and the words of `memgap record`. */
export interface Subject {
  readonly name: string;
  start(endings: Endings): Promise<Started>;
}

interface Started {
  readonly words: readonly string[];
  /** What goes on while it is recorded. */
  readonly meanwhile?: () => Promise<void>;
}

const few = ['--polls', '3', '--interval', '1s'];
const many = ['--polls', '40', '--interval', '1s'];

function got<T>(reading: Reading<T>): T {
  if (!reading.ok) throw new Error(reading.detail);
  return reading.value;
}

/** A real program, busied by its own kind of requests for a while. */
function real(
  name: Parameters<typeof locate>[0],
  wordsOf: (place: { readonly pprof: string; readonly address: string; readonly pid: number }) => readonly string[],
): Subject {
  return {
    name,
    async start(endings) {
      const program = programs.find((each) => each.name === name);
      if (program === undefined) throw new Error(`${name} is no program of acceptance/accuracy`);
      const running = await startProgram(program, got(locate(name)));
      endings.after(() => running.stop());
      const send = async (count: number) => {
        const { path, body } = program.load(count);
        const headers = { 'content-type': 'application/json' };
        const response = await fetch(`http://${running.address}${path}`, body === undefined ? {} : { method: 'POST', body, headers });
        await response.arrayBuffer();
      };
      for (let count = 0; count < 200; count += 1) await send(count);
      const end = performance.now() + 4000;
      const client = async (first: number) => {
        for (let count = first; performance.now() < end; count += 4) await send(count);
      };
      const clients = () => [0, 1, 2, 3].map((each) => client(200 + each));
      return {
        words: [...wordsOf(running), ...few],
        async meanwhile() {
          await Promise.all(clients());
        },
      };
    },
  };
}

interface LabPlan {
  readonly lab: LabName;
  readonly asked?: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  readonly words: (place: { readonly url: string; readonly pid: number }) => readonly string[];
  /** One after the other while it is recorded, so many milliseconds apart (a second). */
  readonly meanwhile?: readonly string[];
  readonly apart?: number;
  readonly polls?: readonly string[];
}

/** A lab that was asked for something. */
function lab(name: string, { lab: build, asked = [], environment, words, meanwhile = [], apart = 1000, polls = few }: LabPlan): Subject {
  return {
    name,
    async start(endings) {
      const running = await startLab(got(locateLab(build)), '127.0.0.1:0', environment);
      endings.after(() => running.stop());
      const url = `http://${running.address}`;
      for (const path of asked) await request(url + path);
      return {
        words: [...words({ url, pid: running.pid }), ...polls],
        async meanwhile() {
          for (const path of meanwhile) {
            await sleep(apart);
            await request(url + path);
          }
        },
      };
    },
  };
}

async function request(url: string): Promise<void> {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`);
}

const pprof = ({ url }: { readonly url: string }) => [`${url}/debug/pprof`];
const memory = ({ pid }: { readonly pid: number }) => [String(pid), '--process.memory-reads'];

/** Asked over a unix socket, which tells no process. */
const endpointAlone: Subject = {
  name: 'pprof-alone',
  async start(endings) {
    const folder = mkdtempSync(join(tmpdir(), 'memgap-recordings-'));
    endings.after(async () => rmSync(folder, { recursive: true, force: true }));
    const running = await startLab(got(locateLab('go1.19-pure')), `unix:${folder}/lab.sock`);
    endings.after(() => running.stop());
    return { words: [`unix:${folder}/lab.sock:/debug/pprof`, ...few] };
  },
};

/** In a group of cgroup v1 with a limit that it reaches. */
const killed: Subject = {
  name: 'killed-v1',
  async start(endings) {
    const group = got(makeGroup(endings, 'recording'));
    writeFileSync(join(group.directory, 'memory.limit_in_bytes'), String(48 * 1024 ** 2));
    const running = await startLab(got(locateLab('go-newest-pure')));
    endings.after(() => running.stop());
    group.add(running.pid);
    const url = `http://${running.address}`;
    await request(`${url}/grow?mib=16`);
    return {
      words: [`${url}/debug/pprof`, '--target.metrics', `${url}/go-metrics`, ...few],
      async meanwhile() {
        await sleep(1500);
        await fetch(`${url}/grow?mib=64`).catch(() => undefined); // and is killed for it
      },
    };
  },
};

/** Ends, and another one is in its place. */
const restarted: Subject = {
  name: 'restarted',
  async start(endings) {
    const first = await startLab(got(locateLab('go1.22-pure')));
    endings.after(() => first.stop());
    const url = `http://${first.address}`;
    await request(`${url}/grow?mib=12`);
    return {
      words: ['--target.metrics', `${url}/go-metrics`, '--target.port', first.address.replace(/^.*:/, ''), ...few],
      async meanwhile() {
        await sleep(1500);
        await first.stop();
        const second = await startLab(got(locateLab('go1.26-pure')), first.address);
        endings.after(() => second.stop());
      },
    };
  },
};

/** All but that of the virtual machine. */
export const subjects: readonly Subject[] = [
  real('prometheus', ({ pprof }) => [pprof]),
  real('prometheus-3.5', ({ pprof, address, pid }) => [
    String(pid),
    '--target.pprof',
    pprof,
    '--target.metrics',
    `http://${address}/metrics`,
    '--process.memory-reads',
  ]),
  real('etcd', ({ address, pprof }) => [`http://${address}/metrics`, '--target.pprof', pprof]),
  real('caddy', ({ pprof, pid }) => ['--target.pid', String(pid), '--target.metrics', pprof.replace('/debug/pprof', '/metrics')]),
  real('node-exporter', ({ address }) => [`http://${address}`]),
  lab('cgo-malloc', {
    lab: 'go1.19-cgo',
    asked: ['/grow?mib=8', '/leak/malloc-small?mib=24', '/cgo/grow?mib=16'],
    words: (place) => [...pprof(place), '--process.memory-reads'],
  }),
  lab('leak', { lab: 'go1.26-pure', asked: ['/grow?mib=4'], words: pprof, meanwhile: new Array(36).fill('/grow?mib=2'), polls: many }),
  lab('spike-then-idle', {
    lab: 'go1.22-pure',
    asked: ['/grow?mib=64'],
    words: ({ url, pid }) => [String(pid), '--target.expvar', `${url}/debug/vars`],
    meanwhile: ['/drop', '/gc', '/grow?mib=32', '/drop', '/gc', '/gc', '/grow?mib=8', '/drop', '/gc', '/free'],
    polls: many,
  }),
  lab('native-leak', {
    lab: 'go-newest-cgo',
    asked: ['/grow?mib=8'],
    words: memory,
    meanwhile: new Array(30).fill('/cgo/grow?mib=1'),
    polls: many,
  }),
  lab('gogc-off', {
    lab: 'go1.19-pure',
    environment: { GOGC: 'off' },
    asked: ['/grow?mib=48', '/drop?keep=4', '/grow?mib=16'],
    words: pprof,
  }),
  lab('memory-limit', {
    lab: 'go-newest-pure',
    environment: { GOMEMLIMIT: '64MiB', GOGC: '50' },
    asked: ['/grow?mib=40'],
    words: ({ url }) => [`${url}/debug/pprof`, '--target.expvar', `${url}/debug/vars`],
    meanwhile: new Array(150).fill(['/grow?mib=6', '/gc', '/drop']).flat(),
    apart: 5,
  }),
  lab('threads', {
    lab: 'go1.22-cgo',
    asked: ['/threads?n=120', '/goroutines?n=500&stack=16'],
    words: (place) => [...pprof(place), '--poll.timeout', '110ms'],
  }),
  lab('mapped-files', {
    lab: 'go1.26-cgo',
    asked: ['/leak/file-shared?mib=24', '/leak/file-private?mib=8'],
    words: (place) => [...pprof(place), '--process.memory-reads'],
  }),
  lab('tmpfs', { lab: 'go-newest-pure', asked: ['/leak/tmpfs?mib=16', '/leak/memfd?mib=8', '/leak/shared-anonymous?mib=4'], words: pprof }),
  endpointAlone,
  lab('pid-alone', { lab: 'go1.26-pure', asked: ['/grow?mib=24', '/leak/mmap?mib=8'], words: memory }),
  restarted,
  lab('musl', { lab: 'go-newest-musl', asked: ['/grow?mib=8', '/cgo/grow?mib=12'], words: memory }),
  killed,
];
