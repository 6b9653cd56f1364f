import { parseBuildInfo } from '../../../src/goruntime/build-info/build-info.ts';
import type { ReadAt } from '../../../src/kernel/executable/elf.ts';
import { parseExe } from '../../../src/kernel/executable/exe.ts';
import { readerOf, tinyElf } from '../../goruntime/build-info/tiny-elf.ts';
import { Broken, type Kind } from '../kind.ts';
import { mutated } from '../mutate.ts';
import { numbersIn, showable, sound } from '../properties.ts';

const most = 64 * 1024 ** 2;

/** Headers of ELF at these places decide where is read, and how much. */
const headerSize = 64 + 56;
const words = [0n, 1n, 64n, 4096n, 1n << 31n, 1n << 53n, (1n << 63n) - 1n, (1n << 64n) - 1n, 0x400000n];

const executable: Kind = {
  name: 'executable',
  extension: 'bin',
  weight: 60,
  make(random) {
    const build = () =>
      random.pick([
        'path\tx\n',
        'mod\texample.org/x\tv1\th1:\n',
        'dep\ta\tv2\n',
        '=>\tb\n',
        'build\tCGO_ENABLED=1\n',
        'build\t-race=true\n',
        'build\tGOARCH=amd64\n',
        'build\n',
        '\t\t\n',
        'mod\t\u202e\n',
      ]);
    const file = tinyElf({
      version: random.pick(['go1.22.5', 'go1.26rc1', '', 'devel +0123', 'go1.22\x1b[31m', 'x'.repeat(300)]),
      modules: Array.from({ length: random.below(12) }, build).join(''),
      inline: random.chance(50),
      sections: random.chance(50),
    });
    const changed = Buffer.from(file);
    for (let count = random.below(4); count > 0; count -= 1) {
      const at = random.pick([random.below(headerSize - 8), random.below(Math.max(1, changed.length - 8))]);
      if (random.chance(60))
        changed.writeBigUInt64LE(random.pick([...words, BigInt(changed.length), BigInt(random.below(changed.length))]), at);
      else changed.writeUInt16LE(random.pick([0, 1, 56, 64, 1024, 65535]), at);
    }
    return random.chance(80) ? changed : mutated(changed, random);
  },
  check(input) {
    const reading = parseBuildInfo(bounded(input));
    sound(reading);
    if (reading.ok) showable(reading.value.goVersion, 'the version', 1000);
    const exe = parseExe(bounded(input), { path: '/x', device: '0:0', inode: 1 });
    sound(exe);
    if (exe.ok) for (const [path, number] of numbersIn(exe.value)) if (number < 0) throw new Broken(`${path} is ${number}`);
  },
};

/** A file that counts what is read of it. */
function bounded(file: Buffer): ReadAt {
  const read = readerOf(file, most);
  let [bytes, reads] = [0, 0];
  return (offset, size) => {
    bytes += size;
    reads += 1;
    if (bytes > most || reads > 20_000) throw new Broken(`${reads} reads of ${bytes} bytes`);
    return read(offset, size);
  };
}

/** The file behind a process. */
export const executableKinds: readonly Kind[] = [executable];
