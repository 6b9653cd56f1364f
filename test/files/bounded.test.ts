import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readBounded, readBoundedText } from '../../src/files/bounded.ts';

const scratch = 16_384;

test('the text of a file is that of its bytes, below, at and above what is read at once and what may be read', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'memgap-bounded-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'file');
  const text = 'a\u00e9\u4e2d'.repeat(7000); // two and three bytes each, so that pieces end within a letter
  const bytes = Buffer.from(text);
  for (const size of [0, 1, scratch - 1, scratch, scratch + 1, 2 * scratch, 2 * scratch + 5]) {
    writeFileSync(file, bytes.subarray(0, size));
    for (const cap of [0, 1, scratch - 1, scratch, scratch + 1, size - 1, size, size + 1].filter((each) => each >= 0)) {
      const shown = `${size} bytes of at most ${cap}`;
      const expected = { bytes: bytes.subarray(0, Math.min(size, cap)), whole: size <= cap };
      assert.deepEqual(
        opened(file, (fd) => readBounded(fd, cap)),
        expected,
        shown,
      );
      assert.deepEqual(
        opened(file, (fd) => readBoundedText(fd, cap)),
        { text: expected.bytes.toString(), whole: expected.whole },
        shown,
      );
    }
  }
});

function opened<T>(file: string, use: (fd: number) => T): T {
  const fd = openSync(file, 'r');
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}
