import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupBook } from '../../../src/books/cgroup.ts';
import { eventsV1, eventsV2 } from '../../../src/kernel/cgroup/events.ts';
import { pidsOf } from '../../../src/kernel/cgroup/numbers.ts';
import { parsePressure } from '../../../src/kernel/cgroup/pressure.ts';
import { levelV1, ownV1 } from '../../../src/kernel/cgroup/v1.ts';
import { levelV2, ownV2 } from '../../../src/kernel/cgroup/v2.ts';
import { found, missing, type Reading } from '../../../src/model/reading.ts';
import { Broken, type Kind } from '../kind.ts';
import { mutated } from '../mutate.ts';
import { balanced, carried, numbersIn, sound } from '../properties.ts';

const folder = join(import.meta.dirname ?? __dirname, '../../fixtures/cgroup');

/** The files of one recorded group, by name. */
type Group = Readonly<Record<string, string>>;

const groups: readonly Group[] = readdirSync(folder)
  .sort()
  .flatMap((kernel) =>
    readdirSync(join(folder, kernel))
      .sort()
      .map((group) => {
        const path = join(folder, kernel, group);
        return Object.fromEntries(readdirSync(path).map((name) => [name, readFileSync(join(path, name), 'utf8')]));
      }),
  );

/** A group's files one behind another, each behind a line `== NAME`. */
const group: Kind = {
  name: 'cgroup',
  extension: 'txt',
  weight: 80,
  make(random) {
    const files = Object.entries(random.pick(groups)).filter(() => random.chance(97));
    const other = random.pick(groups);
    const changed = files.map(([name, text]) =>
      random.chance(30) ? [name, mutated(Buffer.from(text), random, Buffer.from(other[name] ?? '')).toString('latin1')] : [name, text],
    );
    return Buffer.from(changed.map(([name, text]) => `== ${name}\n${text}`).join(''), 'latin1');
  },
  check(input) {
    const text = input.toString('latin1');
    const files = new Map(text.split(/^== /m).map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]));
    const read = (name: string): Reading<string> => {
      const file = files.get(name);
      return file === undefined ? missing('gone', `${name} is not there`) : found(file);
    };
    for (const [level, own, events] of [
      [levelV1, ownV1, eventsV1],
      [levelV2, ownV2, eventsV2],
    ] as const) {
      const [sizes, numbers, counts] = [level('/', read), own(read), events(read)];
      for (const reading of [sizes, numbers, counts]) sound(reading);
      if (counts.ok) carried(counts.value, text);
      if (!sizes.ok) continue;
      const { stat, ...rest } = sizes.value;
      carried(rest, text);
      carried(stat, text, [1], ['lists', 'pageTables', 'kernel']); // the first two are sums, and v1's `kernel` is of another file
      for (const [path, number] of numbersIn(sizes.value)) if (number < 0) throw new Broken(`${path} is ${number}`);
      balanced(cgroupBook(sizes.value.usage, stat), 'cgroup');
    }
    const pressure = parsePressure(text);
    sound(pressure);
    if (pressure.ok) carried(pressure.value, text, [1e-6]);
    const pids = pidsOf(found(text));
    carried(pids, text);
    for (const pid of pids) if (!Number.isSafeInteger(pid) || pid < 0) throw new Broken(`the pid ${pid}`);
  },
};

/** The files of a cgroup, of either version. */
export const cgroupKinds: readonly Kind[] = [group];
