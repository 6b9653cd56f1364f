import { connect } from 'node:net';

/**
 * A client that means harm, in a process of its own: `crowd.ts PORT COUNT PAUSE SHAPE...` opens so many connections of each shape, and
 * again what memgap closes, after so many milliseconds. It says `crowded` once all have been connected.
 */
const [port = '', count = '', pause = '', ...named] = process.argv.slice(2);

const probe = 'GET /-/healthy HTTP/1.1\r\nhost: x\r\n\r\n';
const scrape = 'GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n';

interface Shape {
  readonly first: string;
  /** What it sends once a second. */
  readonly eachSecond?: string;
  readonly reads?: false;
}

const shapes: Readonly<Record<string, Shape>> = {
  silent: { first: '' },
  half: { first: 'GET /-/healthy HTTP/1.1\r\nhost' },
  dripping: { first: 'GET /-/healthy HTTP/1.1\r\nhost: x\r\nx: ', eachSecond: 'x' },
  idle: { first: probe },
  asking: { first: probe, eachSecond: probe },
  unreading: { first: scrape.repeat(8), reads: false },
};

let toConnect = Number(count) * named.length;

function open(shape: Shape): void {
  const { first, eachSecond, reads } = shape;
  let beat: NodeJS.Timeout | undefined;
  const socket = connect(Number(port), '127.0.0.1', () => {
    toConnect -= 1;
    if (toConnect === 0) process.stdout.write('crowded\n');
    if (first !== '') socket.write(first);
    if (eachSecond !== undefined) beat = setInterval(() => socket.write(eachSecond), 1000);
  });
  socket
    .on('error', () => {})
    .once('close', () => {
      clearInterval(beat);
      setTimeout(open, Number(pause), shape);
    });
  if (reads !== false) socket.resume();
}

for (const name of named) {
  const shape = shapes[name];
  if (shape === undefined) throw new Error(`no shape ${name}`);
  for (let index = 0; index < Number(count); index += 1) open(shape);
}
