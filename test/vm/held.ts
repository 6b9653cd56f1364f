import assert from 'node:assert/strict';
import { type Document, mib, part } from './document.ts';
import { flat } from './look.ts';
import { statement } from './statement.ts';

/** The shape of the job (guest/held.ts), and the cause that it is; `component` is where its bytes are in the RSS book. */
const made = [
  { step: 'locked-file', cause: 'locked_memory', component: 'mapped_files' },
  { step: 'secret', cause: 'locked_memory', component: 'mapped_files' },
  { step: 'dirty-file', cause: 'mapped_files', component: 'mapped_files' },
  { step: 'private-file', cause: 'file_cow', component: 'file_cow' },
  { step: 'private-memfd', cause: 'file_cow', component: 'file_cow' },
  { step: 'memfd-twice', cause: 'shmem', component: 'shmem', times: 2 },
  { step: 'jit', cause: 'jit_code', component: 'jit_code' },
  { step: 'packet-ring-twice', cause: 'kernel_rings', component: 'kernel_mappings', times: 2 },
  { step: 'bpf-array', cause: 'kernel_rings', component: 'kernel_mappings' },
  { step: 'bpf-ringbuf', cause: 'kernel_rings', component: 'kernel_mappings', times: 2 },
  { step: 'io-uring', cause: 'kernel_rings', component: 'kernel_mappings' },
  { step: 'io-uring-buffers', cause: 'charged_unmapped' },
  { step: 'pipes', cause: 'charged_unmapped' },
] as const;

/** One step of the job's. */
interface Held {
  readonly truth: { readonly bytes?: number; readonly refused?: string };
  readonly ledger: Document;
  readonly files: Readonly<Record<string, string>>;
}

const tolerance = 0.05;
const hugePage = 2 * mib; // always on there: one at the end of anonymous memory

/** What is locked, pinned, copied, made executable or mapped of the kernel's, on cgroup v2. */
export function heldStatements(): void {
  for (const { step, cause, ...rest } of made) {
    statement(`held, ${step}: it is ${cause}, to 5 %`, (results, t) => {
      const { truth, ledger, files } = results.read<Held>(`held/${step}.json`);
      if (truth.refused !== undefined) return t.skip(truth.refused);
      const bytes = truth.bytes ?? Number.NaN;
      const named = new Map((ledger.causes ?? []).map((each) => [each.name, each.bytes ?? 0]));
      t.diagnostic(`made ${bytes}; ${[...named].map(([name, size]) => `${name} ${size}`).join(', ')}`);
      const claimed = named.get(cause) ?? Number.NaN;
      assert.ok(Math.abs(claimed - bytes) <= tolerance * bytes + hugePage, `${cause} claims ${claimed} of ${bytes}`);
      if ('component' in rest) {
        const { component } = rest;
        const times = 'times' in rest ? rest.times : 1;
        const booked = part(ledger.rss?.components, component);
        assert.ok(
          booked >= times * bytes && booked <= times * bytes * (1 + tolerance) + hugePage,
          `${component} has ${booked} of ${times * bytes}`,
        );
      }
      if (cause === 'locked_memory') assert.ok((flat(files['memory.stat']).get('unevictable') ?? 0) >= (1 - tolerance) * bytes);
    });
  }
}
