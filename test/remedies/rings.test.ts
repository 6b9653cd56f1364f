import { test } from 'node:test';
import type { Subject } from '../../acceptance/causes/subject.ts';
import { carryOut, rssFell, usageFell } from './carry-out.ts';

/** The program is started with a smaller ring: the same is made anew, of 4 MiB. */
function smaller(shape: string): (subject: Subject) => Promise<void> {
  return async ({ json }) => {
    await json('/shape/undo');
    await json(`/shape/${shape}?mib=4`);
  };
}

for (const [shape, next, remedy] of [
  ['packet-ring', /^fewer or smaller blocks: tp_block_nr/, 'fewer blocks in a ring of packets'],
  ['io-uring', /^fewer rings, or fewer entries/, 'fewer rings of io_uring'],
  ['bpf-array', /^a lower max_entries/, 'a lower max_entries of a BPF array'],
  ['bpf-ringbuf', /^a lower max_entries/, 'a lower max_entries of a BPF ring buffer'],
] as const) {
  test(`kernel_rings: ${remedy}`, (t) =>
    carryOut(t, {
      cause: 'kernel_rings',
      next,
      make: ({ json }) => json(`/shape/${shape}?mib=64`),
      remedy: smaller(shape),
      helped: (before, after) => {
        rssFell(before, after);
        if (shape !== 'packet-ring') usageFell(before, after); // charged to nobody before either
      },
    }));
}
