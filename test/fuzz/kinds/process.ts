import { parseCredentials } from '../../../src/kernel/access/process-access.ts';
import { countPresent } from '../../../src/kernel/memory/pagemap.ts';
import { createSmapsParser, parseSmaps } from '../../../src/kernel/memory/smaps-parser.ts';
import { parseSmapsRollup } from '../../../src/kernel/memory/smaps-rollup.ts';
import { createSettingsScan } from '../../../src/kernel/process/environ-settings.ts';
import { parseLimits } from '../../../src/kernel/process/limits.ts';
import { parseStat } from '../../../src/kernel/process/stat.ts';
import { parseStatus } from '../../../src/kernel/process/status.ts';
import { needed } from '../../kernel/memory/smaps-text.ts';
import { Broken, type Kind } from '../kind.ts';
import { mutated, numbers } from '../mutate.ts';
import { carried, numbersIn, piecesOf, same, sound } from '../properties.ts';
import type { Random } from '../random.ts';
import { recordedFiles } from '../recorded.ts';

const statuses = recordedFiles('process', /status/);
const stats = recordedFiles('process', /(?:^|\/|-)stat(?:[-.]|$)/);
const limits = recordedFiles('process', /limits/);
const rollups = recordedFiles('process', /smaps_rollup/);

/** One of the files of /proc/PID that have a line for each number. */
function procFile(name: string, seeds: readonly Buffer[], check: (text: string) => void): Kind {
  return {
    name,
    extension: 'txt',
    weight: 25,
    make: (random) => mutated(random.pick(seeds), random, random.pick(seeds)),
    check: (input) => check(input.toString()),
  };
}

const status = procFile('status', statuses, (text) => {
  const reading = parseStatus(text);
  sound(reading);
  if (reading.ok) carried(reading.value, text, [1024], ['threads', 'parent']);
  if (reading.ok) carried([reading.value.threads, reading.value.parent], text);
});

const credentials = procFile('credentials', statuses, (text) => {
  const reading = parseCredentials(text);
  sound(reading);
  if (!reading.ok) return;
  carried(reading.value, text);
  const line = /^Groups:.*$/m.exec(text)?.[0] ?? '';
  carried(reading.value.groups, line);
});

const stat = procFile('stat', stats, (text) => {
  const reading = parseStat(text);
  sound(reading);
  if (reading.ok) carried(reading.value, text);
});

const limit = procFile('limits', limits, (text) => {
  const reading = parseLimits(text);
  sound(reading);
  if (reading.ok) carried(reading.value, text);
});

const rollup = procFile('smaps-rollup', rollups, (text) => {
  const reading = parseSmapsRollup(text);
  sound(reading);
  if (reading.ok) carried(reading.value, text, [1024]);
});

const walks = recordedFiles('smaps', /smaps$/, 1e7).map((walk) => {
  const starts = [...walk.toString('latin1').matchAll(/^[0-9a-f]+-[0-9a-f]+ /gm)].map(({ index }) => index);
  return walk.subarray(0, starts[Math.min(7, starts.length - 1)]);
});

function header(random: Random, from: number): string {
  const start = from + 4096 * random.below(random.pick([1, 3, 2 ** 30]));
  const end = start + 4096 * random.pick([0, 1, 200, 2 ** 30]);
  const path = random.pick(['', '[heap]', '[stack]', '/lib/x y.so', '/a\\012b', '[anon: Go: heap]', '/x (deleted)', 'Rss: 4 kB']);
  return `${start.toString(16)}-${end.toString(16)} ${random.pick(['rw-p', 'r-xp', '---p', 'rw-s', 'rwx'])} ${random.pick(['00000000', '7fffffff000'])} 00:00 ${random.pick(['0', '17', ...numbers])} ${path}`;
}

const smaps: Kind = {
  name: 'smaps',
  extension: 'txt',
  weight: 80,
  make(random) {
    if (random.chance(60)) return mutated(random.pick(walks), random, random.pick(walks));
    const fields = ['Size', ...needed, 'THPeligible'];
    if (random.chance(50)) fields.splice(fields.indexOf('LazyFree'), 0, 'KSM');
    const blocks = Array.from({ length: random.below(8) }, (_, index) => {
      const lines = fields.map(
        (name) => `${name}: ${random.chance(5) ? random.pick(numbers) : random.below(2 ** 20)}${name === 'THPeligible' ? '' : ' kB'}`,
      );
      return [header(random, index * 2 ** 32), ...lines, ...(random.chance(80) ? ['VmFlags: rd wr mr mw me ac'] : [])].join('\n');
    });
    return Buffer.from(`${blocks.join('\n')}\n`);
  },
  check(input, random) {
    const reading = parseSmaps(input);
    sound(reading);
    const text = input.toString('latin1');
    const parser = createSmapsParser(1e6);
    for (const piece of piecesOf(input, random)) if (!parser.take(piece.toString('latin1'))) break;
    same(parser.finish(), reading, 'cut into pieces');
    if (!reading.ok) return;
    let end = 0;
    for (const mapping of reading.value) {
      if (mapping.start < end || mapping.end <= mapping.start)
        throw new Broken(`a mapping of ${mapping.start} to ${mapping.end} behind ${end}`);
      end = mapping.end;
      const { start: _, end: __, offset: ___, inode, dirty = 0, ...sizes } = mapping;
      if (!(dirty >= 0 && dirty % 1024 === 0)) throw new Broken(`${dirty} bytes are dirty`); // the sum of two lines
      carried(sizes, text, [1024]);
      carried(inode, text);
      for (const address of [mapping.start, mapping.end]) {
        if (!text.toLowerCase().includes(address.toString(16))) throw new Broken(`no address ${address.toString(16)} in the text`);
      }
    }
    const least = createSmapsParser(3);
    if (!least.take(text)) return;
    const few = least.finish();
    if (few.ok && few.value.length > 3) throw new Broken(`${few.value.length} mappings with a budget of 3`);
  },
};

const environ: Kind = {
  name: 'environ',
  extension: 'bin',
  weight: 40,
  make(random) {
    const value = () => random.pick([...numbers, 'off', '100MiB', '+12GiB', '1e3', '50', '8KB', '16777216TiB', 'x'.repeat(200)]);
    const entry = () =>
      random.pick([`GOGC=${value()}`, `GOMEMLIMIT=${value()}`, `XGOGC=${value()}`, 'PATH=/bin', 'GOGC', `SECRET=GOGC=${value()}`, '']);
    return Buffer.from(Array.from({ length: random.below(9) }, () => `${entry()}${random.chance(95) ? '\0' : ''}`).join(''));
  },
  check(input, random) {
    const whole = createSettingsScan();
    whole.push(input);
    const settings = whole.settings();
    const cut = createSettingsScan();
    for (const piece of piecesOf(input, random)) cut.push(piece);
    same(cut.settings(), settings, 'cut into pieces');
    // GOGC is 100 where it is not told
    carried(settings, `${input.toString('latin1')} 100`, [1, 1024, 1024 ** 2, 1024 ** 3, 1024 ** 4, 0.01]);
    for (const [path, number] of numbersIn(settings)) if (!(number >= 0)) throw new Broken(`${path} is ${number}`);
  },
};

const pagemap: Kind = {
  name: 'pagemap',
  extension: 'bin',
  weight: 10,
  make: (random) => Buffer.from(Array.from({ length: random.below(400) }, () => random.below(256))),
  check(input) {
    const whole = countPresent(input);
    let cut = countPresent(new Uint8Array());
    for (let at = 0; at + 8 <= input.length; at += 8) cut = countPresent(input.subarray(at, at + 8), cut);
    same(cut, whole, 'word by word');
    const runs = whole.runs.reduce((sum, run) => sum + run, 0);
    if (whole.present !== runs || whole.present > Math.floor(input.length / 8))
      throw new Broken(`${whole.present} pages in runs of ${runs}`);
  },
};

/** What the kernel tells of one process. */
export const processKinds: readonly Kind[] = [status, credentials, stat, limit, rollup, smaps, environ, pagemap];
