import assert from 'node:assert/strict';
import { mib } from './document.ts';
import { flat, type Look, lookAt } from './look.ts';
import type { Results } from './machine.ts';
import { statement } from './statement.ts';

/** In the order in which the job made them (guest/causes.ts): the cause, and the line of memory.stat that tells how much of it there is. */
const made = [
  { step: 'dentries', before: 'rest', cause: 'kernel_slab', line: 'slab_reclaimable' },
  { step: 'sockets', before: 'dentries', cause: 'socket_buffers', line: 'sock' },
] as const;

/** The bound of docs/causes/accuracy.md. */
const tolerance = 0.05;

function at(results: Results, step: string): Look {
  return lookAt(results, `causes/${step}.json`);
}

/** What each cause claims; 0 for one that claims none. */
function claimed({ ledger }: Look): ReadonlyMap<string, number> {
  return new Map((ledger.causes ?? []).map(({ name, bytes = 0 }) => [name, bytes]));
}

function told({ files }: Look, line: string): number {
  return flat(files['memory.stat']).get(line) ?? Number.NaN;
}

/** The causes that only cgroup v2 tells, made on purpose: docs/causes/accuracy.md has the others. */
export function causesStatements(): void {
  for (const { step, before, cause, line } of made) {
    statement(`cause, ${step}: ${cause} is named, with what ${line} grew by, within 5 %`, (results, t) => {
      const [was, is] = [at(results, before), at(results, step)];
      const grown = told(is, line) - told(was, line);
      const bytes = claimed(is).get(cause) ?? Number.NaN;
      t.diagnostic(`${cause} claims ${bytes} bytes, ${line} grew by ${grown}`);
      assert.ok(grown >= 20 * mib, `${line} grew by ${grown}`);
      assert.equal(claimed(was).has(cause), false, 'it was not named before');
      assert.ok(Math.abs(bytes - grown) <= tolerance * grown, `${cause} claims ${bytes} of ${grown}`);
    });

    statement(`cause, ${step}: no other cause claims more than 5 % of it`, (results) => {
      const [was, is] = [at(results, before), at(results, step)];
      const grown = told(is, line) - told(was, line);
      for (const [name, bytes] of claimed(is)) {
        const more = bytes - (claimed(was).get(name) ?? 0);
        if (name === 'charged_unmapped') continue; // huge pages, always on there, that Go gave back in part: true, and not made here
        assert.ok(name === cause || more <= tolerance * grown, `${name} claims ${more} more`);
      }
    });
  }

  statement('cause, sockets: the kernel holds all that was written and not read', (results) => {
    const [was, is] = [at(results, 'dentries'), at(results, 'sockets')];
    const written = is.truth?.bytes ?? Number.NaN;
    assert.ok(told(is, 'sock') - told(was, 'sock') >= 0.95 * written, `sock grew by ${told(is, 'sock')} of ${written}`);
  });
}
