import { connect } from 'node:net';
import type { Build } from './build-programs.ts';
import type { Launch, Place, Subject } from './subject.ts';

const shape = (name: string, environment: NodeJS.ProcessEnv = {}) => ({
  name,
  launch: ({ port, data }: Place): Launch => ({
    args: ['-shape', name, '-listen', `127.0.0.1:${port}`, '-file', data],
    environment,
    ready: `http://127.0.0.1:${port}/ready`,
    pprof: `http://127.0.0.1:${port}/debug/pprof`,
  }),
  load: askForLoad,
});

/** A subject of the project's own module, by how that is built. */
export type Shape = Subject & { readonly build?: Build };

/** The shapes of bench/advice/programs. */
export const shapes: readonly Shape[] = [
  { ...shape('big-executable'), kind: 'an executable of 60 MiB, all of it in use', build: 'embedded' },
  { ...shape('c-malloc'), kind: 'C memory: 60 MiB in use, 40 for a while', build: 'cgo' },
  { ...shape('hot-file'), kind: 'a mapped file of 120 MiB, in use all the time', file: 120 },
  { ...shape('active-file'), kind: 'a file of 112 MiB, read by read(2) all the time', file: 112 },
  { ...shape('locked-file'), kind: 'bbolt with Mlock: a mapped file of 100 MiB, locked', file: 100 },
  { ...shape('locked-all'), kind: 'mlockall, and a mapped file of 96 MiB', file: 96 },
  { ...shape('private-file'), kind: 'a private file mapping of 100 MiB, written to', file: 100 },
  { ...shape('file-peak'), kind: 'a mapped file of 120 MiB, which is over', file: 120 },
  { ...shape('native-peak'), kind: 'native memory of 150 MiB, which is over' },
  { ...shape('log-writer'), kind: '180 MiB of logs written, read by nobody' },
  { ...shape('tmpfs'), kind: '80 MiB on tmpfs, mapped by nobody' },
  {
    ...shape('file-server'),
    kind: 'sendfile to 48 clients that do not read',
    files: { count: 48, mib: 3 },
    load: slowClients,
  },
  { ...shape('server'), name: 'exec-probe', kind: '20 MiB, and an exec probe of 150 every 3 s', probe: { args: ['probe'], every: 3 } },
  { ...shape('large-goal', { GOGC: '400' }), kind: 'GOGC=400: the heap may grow to five times what lives' },
  { ...shape('own-limit'), kind: 'GOGC off and a memory limit of 160 MiB, both set in the program' },
  { ...shape('no-goal', { GOGC: 'off', GOMEMLIMIT: '160MiB' }), kind: 'GOGC=off and GOMEMLIMIT=160MiB' },
  { ...shape('ballast'), kind: 'a ballast of 192 MiB, never written to' },
  { ...shape('seed'), kind: 'objects made and deleted: 20, 130 and 20 MiB live' },
  { ...shape('sawtooth'), kind: 'bursts of 60 MiB' },
  { ...shape('bss'), kind: "96 MiB of the program's own variables" },
  { ...shape('goroutines'), kind: '10 000 goroutines' },
  { ...shape('threads'), kind: '300 threads' },
  {
    ...shape('hot-file'),
    name: 'shared-layer',
    kind: 'a mapped file of 100 MiB that another group pays for',
    file: 100,
    paidElsewhere: true,
  },
];

async function askForLoad({ port }: Place, signal: AbortSignal): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/load`, { signal });
  if ((await response.text()) !== 'ok\n') throw new Error(`/load answers ${response.status}`);
}

/** Clients that ask for a file each and read nothing, while the program does its load; they end with it. */
async function slowClients(place: Place, signal: AbortSignal): Promise<void> {
  for (let index = 0; index < 48; index += 1) {
    const client = connect(place.port, '127.0.0.1').on('error', () => undefined);
    client.pause();
    client.write(`GET /f/${index} HTTP/1.1\r\nHost: advice\r\n\r\n`);
  }
  await askForLoad(place, signal);
}
