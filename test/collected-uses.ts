// Each place of src that takes a deadline, while collections run: a line of JSON for each when it has come to its end. For
// test/deadline.test.ts, which starts it with --expose-gc. What loses its deadline keeps this process from ending, or lets it end without
// its line.
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArguments } from '../src/cli/arguments.ts';
import { examine } from '../src/cli/doctor/examine.ts';
import { withPorts } from '../src/cli/doctor/probe-ports.ts';
import { discoveredTargets } from '../src/cli/explain/discovered.ts';
import { runLoad } from '../src/cli/loadtest/command.ts';
import { byCommand, byMarks } from '../src/cli/loadtest/cycles.ts';
import { collectWithin } from '../src/cli/loadtest/loadtest.ts';
import type { PhaseRecorder } from '../src/cli/loadtest/recorder.ts';
import { onStopSignals } from '../src/cli/loadtest/signals.ts';
import { pollOnce } from '../src/cli/poll-once.ts';
import { record } from '../src/cli/record.ts';
import { withDeadline } from '../src/deadline.ts';
import { createPodNames } from '../src/discovery/kubernetes/pod-names.ts';
import type { Endpoint, TargetConfig } from '../src/model/target.ts';
import { bytes } from '../src/model/units.ts';
import { fetchBody } from '../src/net/fetch-body.ts';
import { createSampler } from '../src/watch/sampler.ts';

const short = 300; // milliseconds: some collections
const io = { out: () => {}, err: () => {}, color: false };
const sockets = new Set<Socket>();
const folder = mkdtempSync(join(tmpdir(), 'memgap-collected-'));
const paths = { procfs: '/proc', cgroupfs: '/sys/fs/cgroup' };

/** Accepts and says nothing. */
const silent = await listening(createServer());
/** Answers two seconds and many collections later. */
const late = await listening(createHttpServer((_, response) => void setTimeout(() => response.end('late'), 2000)));

async function listening(server: Server | HttpServer): Promise<{ readonly url: string; readonly server: Server }> {
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => {})));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { server, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}` };
}

function endpoint(url = silent.url): Endpoint {
  return { url: `${url}/debug`, bodySizeLimit: bytes(1024) };
}

function target(process?: TargetConfig['process']): TargetConfig {
  return { name: 'x', go: { pprof: endpoint(), expvar: endpoint() }, process };
}

function args(...words: readonly string[]) {
  const parsed = parseArguments(words);
  if ('message' in parsed) throw new Error(parsed.message);
  return parsed;
}

/** Records nothing, for as long as it is to. */
function recorder(seen: string[] = []): PhaseRecorder {
  const record = async (name: string, _: number, over: AbortSignal) => {
    if (!over.aborted) await once(over, 'abort');
    seen.push(name);
  };
  return { phases: [], notes: [], problem: () => undefined, record, look: async () => {} };
}

function tell(file: string, outcome: unknown, wanted: unknown): void {
  const failure = outcome === wanted ? undefined : `${outcome}, and should be ${wanted}`;
  process.stdout.write(`${JSON.stringify({ file, failure })}\n`);
}

type Use = readonly [file: string, wanted: unknown, use: () => Promise<unknown>];

/** By file: what is to come of it, and what does. */
const uses: readonly Use[] = [
  ['cli/poll-once.ts', 'timeout', async () => (await pollOnce(target(), short, args('explain'), io)).failures[0]?.reason],
  [
    'cli/doctor/examine.ts',
    'timeout',
    async () => {
      const { expvar } = (await examine(target(), short, args('doctor'), io)).outcomes;
      return expvar?.ok === false && expvar.reason;
    },
  ],
  [
    'cli/doctor/probe-ports.ts',
    0,
    async () => {
      const self: TargetConfig = { name: 'x', go: {}, process: { by: 'pid', pid: process.pid } };
      return Object.keys((await withPorts(self, short, args('explain'))).go).length;
    },
  ],
  [
    'cli/explain/discovered.ts',
    'timeout',
    async () => {
      for (let pid = 1; pid <= 10_000; pid += 1) mkdirSync(join(folder, 'proc', String(pid)), { recursive: true });
      const file = join(folder, 'memgap.yml');
      writeFileSync(file, JSON.stringify({ discovery: { rules: [{ exe: 'x' }] } }));
      const looked = await discoveredTargets(args('explain', '--config.file', file, '--path.procfs', join(folder, 'proc')), 1);
      return !looked.ok && looked.reason;
    },
  ],
  [
    'discovery/kubernetes/pod-names.ts',
    'timeout',
    async () => {
      const names = createPodNames({ nodeName: 'n', api: endpoint() }, {}, () => 0, short);
      const { signal } = new AbortController();
      const wanted = { containerId: 'a'.repeat(64), podUid: 'b'.repeat(32), runtime: undefined, qos: undefined };
      await names.lookUp([wanted], signal);
      const { last } = names.state();
      await names.close();
      return last?.ok === false && last.reason;
    },
  ],
  [
    'watch/loop.ts',
    'timeout',
    async () => {
      const log = { info: () => {}, warn: () => {}, error: () => {} };
      const sampler = createSampler(paths, log);
      sampler.apply({ pollInterval: 1000, pollTimeout: short, targets: [target()] });
      const outcome = () => sampler.find('x')?.ledger?.snapshot.sources.pprof_heap;
      while (outcome() === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
      const told = outcome();
      await sampler.stop();
      return told?.ok === false && told.reason;
    },
  ],
  [
    'watch/loop.ts', // stopped in the middle of a poll
    'stopped',
    async () => {
      const sampler = createSampler(paths, { info: () => {}, warn: () => {}, error: () => {} });
      sampler.apply({ pollInterval: 3_600_000, pollTimeout: 3_600_000, targets: [target()] });
      await new Promise((resolve) => setTimeout(resolve, short));
      await sampler.stop();
      return 'stopped';
    },
  ],
  [
    'cli/loadtest/loadtest.ts',
    'timeout',
    async () => {
      const done = await collectWithin(short, endpoint(), new AbortController().signal);
      return !done.ok && done.reason;
    },
  ],
  [
    'cli/loadtest/loadtest.ts', // by the signal that ends the test
    'timeout',
    async () => {
      const stop = onStopSignals(io);
      setTimeout(() => stop.ask('x'), short);
      const done = await collectWithin(3_600_000, endpoint(), stop.asked);
      stop.close();
      return !done.ok && done.reason;
    },
  ],
  ['cli/loadtest/command.ts', 'was not done within 300ms (--run-timeout)', () => runLoad('sleep 100', 1, short).end],
  [
    'cli/loadtest/cycles.ts',
    'idle,load,after',
    async () => {
      const stop = onStopSignals(io);
      const seen: string[] = [];
      await byCommand({ cycles: 1, settle: short, runTimeout: 60_000, markTimeout: 60_000 }, 'true', recorder(seen), stop, io);
      stop.close();
      return seen.join();
    },
  ],
  [
    'cli/loadtest/cycles.ts', // one after the other: there is one standard input
    'no mark came within 300ms (--mark-timeout) it was interrupted',
    async () => {
      const [first, second] = [onStopSignals(io), onStopSignals(io)];
      const cycles = { cycles: 1, settle: 0, runTimeout: 60_000 };
      const late = await byMarks({ ...cycles, markTimeout: short }, recorder(), first, io);
      setTimeout(() => second.ask('it was interrupted'), short);
      const stopped = await byMarks({ ...cycles, markTimeout: 3_600_000 }, recorder(), second, io);
      for (const stop of [first, second]) stop.close();
      return `${late} ${stopped}`;
    },
  ],
  [
    'net/connections.ts', // a WeakMap: its key is let go of while the request is under way
    4,
    async () => {
      const options = { accept: '*/*', onChunk: () => true };
      const body = await withDeadline(60_000, [], (signal) => fetchBody(endpoint(late.url), '', { ...options, signal }));
      return body.ok && body.value.bytes;
    },
  ],
];

/** By itself: while polls are recorded, whatever memgap reads goes into the record. */
const recording: Use = [
  'cli/record.ts',
  'timeout',
  async () => {
    const said: string[] = [];
    const words = ['--target.pprof', `${silent.url}/debug`, '--poll.timeout', `${short}ms`, '--polls', '1', '--json'];
    await record(args('record', ...words, '-o', join(folder, 'x.memgap')), { ...io, out: (text) => said.push(text) });
    return JSON.parse(said.join('')).sources.pprof_heap.reason;
  },
];

const pressure = setInterval(() => {
  const garbage = Array.from({ length: 20 }, (_, index) => new Array(1000).fill({ index }));
  garbage.length = 0;
  globalThis.gc?.();
}, 40);

async function show([file, wanted, use]: Use): Promise<void> {
  tell(file, await use().catch((error: unknown) => (error instanceof Error ? error.stack : error)), wanted);
}

await Promise.all(uses.map(show));
await show(recording);
clearInterval(pressure);
for (const socket of sockets) socket.destroy();
for (const { server } of [silent, late]) server.close();
rmSync(folder, { recursive: true });
process.stdin.destroy();
