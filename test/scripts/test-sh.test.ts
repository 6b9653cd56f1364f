import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ran } from '../ran.ts';

const script = join(import.meta.dirname, '../../scripts/test.sh');

/** Test files in a folder of their own. */
function folderOf(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'memgap-test-sh-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** They are run by scripts/test.sh as `npm test` runs ours. */
async function runOf(t: TestContext, files: Readonly<Record<string, string>>) {
  const folder = folderOf(t, files);
  // a runner within a test would report to the one outside
  return ran('env', ['-u', 'NODE_TEST_CONTEXT', 'sh', script, '--once', folder], { MARK: join(folder, 'mark') });
}

const passes = "import { test } from 'node:test';\ntest('fine', () => {});\n";
const fails = "import { test } from 'node:test';\ntest('wrong', () => { throw new Error('no'); });\n";
const passesAtTheSecondTry = `import { existsSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
test('shy', () => {
  if (existsSync(process.env.MARK)) return;
  writeFileSync(process.env.MARK, '');
  throw new Error('not yet');
});
`;

test('a failure fails the run', async (t) => {
  const { code, stdout } = await runOf(t, { 'a.test.ts': passes, 'b.test.ts': fails });
  assert.equal(code, 1);
  assert.match(stdout, /1 pass, 1 fail, 0 cancelled, 0 skipped\nFAILED/);
});

test('a file that passes alone at the second try is named, and fails nothing', async (t) => {
  const { code, stdout } = await runOf(t, { 'a.test.ts': passes, 'b.test.ts': passesAtTheSecondTry });
  assert.equal(code, 0);
  assert.match(stdout, /1 pass, 1 fail, .*; FLAKY, passed when run alone: .*b\.test\.ts\n/);
});

test('a failure of a test that another module makes is not lost at the second try', async (t) => {
  const { code, stdout } = await runOf(t, { 'a.test.ts': "import './made.ts';\n", 'made.ts': fails });
  assert.equal(code, 1);
  assert.match(stdout, /FAILED/);
});

test('a file that ends before its tests do fails the run', async (t) => {
  const { code } = await runOf(t, { 'a.test.ts': `${passes}process.exit(0);\n` });
  assert.equal(code, 1);
});

test('a release of Node that is not there is skipped aloud, and its tests have not passed', async (t) => {
  const folder = folderOf(t, { 'a.test.ts': passes });
  const { code, stdout } = await ran('sh', [script, '--node', '3', folder]);
  assert.equal(code, 1);
  assert.match(stdout, /node v3: SKIPPED, it is not there/);
});

test('a flag that nobody knows, and a folder without tests, are 2', async (t) => {
  assert.equal((await ran('sh', [script, '--slow'])).code, 2);
  assert.equal((await ran('sh', [script, '--once', folderOf(t, {})])).code, 2);
});
