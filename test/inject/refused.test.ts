import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseArguments } from '../../src/cli/arguments.ts';
import { injectCommand } from '../../src/cli/inject/inject.ts';
import { exitCode } from '../../src/cli/io.ts';

const folder = fileURLToPath(new URL('../fixtures/inject/refused', import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

async function run(file: string): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const [, flags = ''] = /^# flags: (.*)$/m.exec(readFileSync(file, 'utf8')) ?? [];
  const args = parseArguments(['inject', '-f', file, '--image', 'memgap:0.1.0', ...flags.split(' ').filter((flag) => flag !== '')]);
  if ('message' in args) throw new Error(args.message);
  const texts = { out: '', err: '' };
  const io = {
    out: (text: string) => {
      texts.out += text;
    },
    err: (text: string) => {
      texts.err += text;
    },
    color: false,
  };
  return { code: await injectCommand(args, io), ...texts };
}

test('there is a file for every reason to refuse', () => {
  assert.ok(names.length >= 45, String(names.length));
});

for (const name of names) {
  test(`${basename(name, '.yaml')} is refused, with the words of its .expected (UPDATE_GOLDEN=1 writes them anew), and nothing is written`, async () => {
    const { code, out, err } = await run(join(folder, name));
    const shown = err.replaceAll(`${folder}/`, '');
    const expected = join(folder, name.replace(/\.yaml$/, '.expected'));
    if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(expected, shown);

    assert.equal(out, '');
    assert.equal(code, exitCode.failed);
    assert.match(err, /: refused: .*\n(.*: refused: .*\n)*memgap: nothing was written\n$/);
    assert.equal(shown, readFileSync(expected, 'utf8'));
  });
}

test('no refusal quotes what stands in the file and may be a secret', async () => {
  for (const name of names) assert.doesNotMatch((await run(join(folder, name))).err, /s3cr3t/, name);
});
