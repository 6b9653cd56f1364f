// Makes the recordings of test/fixtures/recorded anew, or those that are named: node --import tsx scripts/recordings.ts [NAME]...
// Needs root and cgroup v1 (a group with a limit), what `make test-vm` needs, the programs of scripts/toolchain.sh (prometheus
// prometheus-3.5 etcd caddy exporters), and labs: scripts/lab.sh go1.19 go1.22 go1.26 go-newest. CACHE/lab/go-newest-musl/lab is built by
// hand in test/lab with musl's gcc for CC: CGO_ENABLED=1 go build -ldflags '-linkmode external -extldflags -static'. Every recording is
// made with --anonymize; beside it stands what it comes to.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explain } from '../src/cli/explain/explain.ts';
import { decodeRecording } from '../src/record/decode.ts';
import { textless } from '../test/record/expected.ts';
import { printed, recorded } from '../test/record/recorded.ts';
import { keepRecording } from '../test/record/store.ts';
import { recordInVm } from './recordings/in-vm.ts';
import { type Subject, subjects } from './recordings/subjects.ts';

const wanted = new Set(process.argv.slice(2));
const folder = mkdtempSync(join(tmpdir(), 'memgap-recordings-'));
let failed = 0;

/** Records one, and holds what it comes to against what was printed when it was made: the same but for names. */
async function make({ name, start }: Subject): Promise<void> {
  const endings: Array<() => Promise<void>> = [];
  const file = join(folder, `${name}.memgap`);
  try {
    const { words, meanwhile } = await start({ after: (end) => endings.unshift(end) });
    const [live] = await Promise.all([recorded(file, [...words, '--anonymize']), meanwhile?.()]);
    await keep(name, file, live.out);
  } finally {
    for (const end of endings) await end();
  }
}

async function keep(name: string, file: string, live: string): Promise<void> {
  const again = (await printed(explain, ['explain', file, '--json'])).out;
  if (JSON.stringify(textless(JSON.parse(again))) !== JSON.stringify(textless(JSON.parse(live))))
    throw new Error('a replay comes to something else');
  const recording = decodeRecording(readFileSync(file));
  if (!recording.ok) throw new Error(recording.detail);
  const bytes = keepRecording(name, recording.value, again);
  console.log(`${name}: ${recording.value.polls.length} polls, ${bytes} bytes`);
}

const all: ReadonlyArray<readonly [string, () => Promise<void>]> = [
  ...subjects.map((subject) => [subject.name, () => make(subject)] as const),
  [
    'nested-v2',
    async () => {
      const { file, live } = await recordInVm(folder);
      await keep('nested-v2', file, live);
    },
  ],
];
for (const [name, run] of all) {
  if (wanted.size > 0 && !wanted.has(name)) continue;
  await run().catch((error: unknown) => {
    failed += 1;
    console.error(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  });
}
rmSync(folder, { recursive: true, force: true });
process.exit(failed === 0 ? 0 : 1);
