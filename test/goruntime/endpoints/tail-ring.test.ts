import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { tailRing } from '../../../src/goruntime/endpoints/tail-ring.ts';

test('the tail is the last 16 KiB of the stream, or all of a shorter one', () => {
  const lengths = fc.array(fc.oneof(fc.nat(100), fc.nat(20_000), fc.constant(16_384), fc.nat(80_000)), { maxLength: 12 });
  fc.assert(
    fc.property(lengths, (cut) => {
      const ring = tailRing();
      const whole = Buffer.alloc(cut.reduce((sum, length) => sum + length, 0));
      for (let at = 0; at + 4 <= whole.length; at += 4) whole.writeUInt32LE(at, at);
      let from = 0;
      for (const length of cut) {
        ring.add(whole.subarray(from, from + length));
        from += length;
      }
      assert.ok(ring.finish((tail) => tail.equals(whole.subarray(-16_384))));
    }),
  );
});

test('a buffer that was given back is lent again, also after an error', () => {
  const first = tailRing();
  first.add(Buffer.from('x'));
  const { buffer } = first.finish((tail) => tail);
  assert.throws(() => tailRing().finish(() => assert.fail('refused')));
  const next = tailRing();
  next.add(Buffer.from('y'));
  assert.equal(next.finish((tail) => tail).buffer, buffer);
});
