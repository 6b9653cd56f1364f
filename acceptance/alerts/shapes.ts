import { type Random, randomOf } from './random.ts';

/** How many hours a series lasts (three days, so that days can be compared, and a quarter), and how many samples an hour has. */
export const hours = 78;
export const perHour = 60;

/** MiB of one component of a target, a sample a minute; and the minutes at which its process started anew. */
export interface Shape {
  readonly kind: string;
  readonly leaks: boolean;
  readonly sizes: readonly number[];
  readonly starts: readonly number[];
}

type Size = (hour: number) => number;

interface Drawn {
  readonly size: Size;
  readonly starts?: readonly number[];
}

/** What healthy programs do. The names are those of docs/alerts.md. */
const benign: Readonly<Record<string, (random: Random) => Drawn>> = {
  plateau(random) {
    const idle = random.between(10, 40);
    const peak = idle + random.between(50, 400);
    const kept = peak - random.between(5, 60);
    const first = random.between(0.5, 20);
    const again = random.between(3, 14);
    const length = random.between(0.2, 1.5);
    return { size: (hour) => (hour < first ? idle : (hour - first) % again < length ? peak : kept) };
  },
  sawtooth(random) {
    const low = random.between(20, 300);
    const high = low * random.between(0.2, 2);
    const period = random.between(0.03, 3);
    return { size: (hour) => low + high * ((hour / period) % 1) };
  },
  'warm-up'(random) {
    const rise = random.between(30, 400);
    const time = random.between(0.5, 6);
    return { size: (hour) => 20 + rise * (1 - Math.exp((-3 * hour) / time)) };
  },
  deploy(random) {
    const at = random.between(8, 46);
    const before = random.between(30, 200);
    const after = before * random.between(0.8, 2.2);
    const warm = random.between(0.2, 2);
    return {
      size: (hour) => (hour < at ? before : after * (1 - 0.6 * Math.exp((-3 * (hour - at)) / warm))),
      starts: [Math.round(at * perHour)],
    };
  },
  bursts(random) {
    const level = random.between(30, 200);
    const bursts = Array.from({ length: random.whole(3, 20) }, () => ({
      at: random.between(0, hours),
      length: random.between(0.05, 4),
      size: random.between(20, 500),
    }));
    return {
      size: (hour) => level + bursts.reduce((sum, { at, length, size }) => sum + (hour >= at && hour < at + length ? size : 0), 0),
    };
  },
  'day and night'(random) {
    const level = random.between(50, 300);
    const swing = level * random.between(0.1, 0.9);
    const phase = random.between(0, 24);
    return { size: (hour) => level + swing * Math.max(0, Math.sin(((hour + phase) / 24) * 2 * Math.PI)) };
  },
  scavenger(random) {
    const level = random.between(20, 100);
    const peak = random.between(50, 500);
    const period = random.between(5, 20);
    const time = random.between(0.5, 8);
    return { size: (hour) => level + peak * Math.exp(-(hour % period) / time) };
  },
  'random walk'(random) {
    const level = random.between(50, 300);
    const step = level * random.between(0.005, 0.03);
    const pull = random.between(0.02, 0.2);
    const walk: number[] = [];
    let at = 0;
    for (let minute = 0; minute < hours * perHour; minute += 1) {
      if (minute % 10 === 0) at += step * random.noise() - pull * at;
      walk.push(Math.max(0, level + at));
    }
    return { size: (hour) => walk[Math.round(hour * perHour)] ?? level };
  },
  'ramp, then flat'(random) {
    const level = random.between(20, 150);
    const rise = random.between(30, 300);
    const first = random.between(0, 40);
    const time = random.between(4, 10);
    return { size: (hour) => level + rise * Math.min(1, Math.max(0, (hour - first) / time)) };
  },
  'a release every day'(random) {
    const starts = Array.from({ length: 4 }, (_, day) => Math.round((day * 24 + random.between(0, 5)) * perHour));
    const level = random.between(30, 200);
    const heavier = random.between(0, 0.08); // each release
    const warm = random.between(0.2, 2);
    return {
      size: (hour) => {
        const release = starts.filter((start) => start <= hour * perHour).length;
        const age = hour - (starts[release - 1] ?? 0) / perHour;
        return level * (1 + heavier * release) * (1 - 0.6 * Math.exp((-3 * age) / warm));
      },
      starts,
    };
  },
};

/** What leaks, from 2 MiB an hour. */
const leaks: Readonly<Record<string, (random: Random) => Drawn>> = {
  steady(random) {
    const level = random.between(20, 150);
    const rate = random.between(2, 30);
    return { size: (hour) => level + rate * hour };
  },
  'under a sawtooth'(random) {
    const level = random.between(20, 150);
    const rate = random.between(3, 20);
    const swing = random.between(10, 150);
    const period = random.between(0.05, 2);
    return { size: (hour) => level + rate * hour + swing * ((hour / period) % 1) };
  },
  staircase(random) {
    const level = random.between(20, 150);
    const rate = random.between(3, 20);
    const each = random.between(0.5, 3);
    return { size: (hour) => level + rate * each * Math.floor(hour / each) };
  },
  'a little with each load'(random) {
    const level = random.between(20, 100);
    const peak = random.between(50, 200);
    const every = random.between(1.5, 4);
    const kept = random.between(10, 40);
    return { size: (hour) => level + kept * Math.floor(hour / every) + (hour % every < 0.4 ? peak : 0) };
  },
  'across deploys'(random) {
    const level = random.between(20, 150);
    const rate = random.between(2, 30);
    const starts = Array.from({ length: random.whole(1, 4) }, () => Math.round(random.between(1, 36) * perHour)).sort(
      (one, other) => one - other,
    );
    return {
      size: (hour) => {
        const start = starts.findLast((each) => each <= hour * perHour) ?? 0;
        return level + rate * (hour - start / perHour);
      },
      starts,
    };
  },
};

/** Eight benign shapes of each kind, and eight leaks of each: 80 and 40. The same seed gives the same shapes. */
export function shapesOf(seed: number): readonly Shape[] {
  return [...draw(benign, false, seed), ...draw(leaks, true, seed + 500_000)];
}

function draw(kinds: typeof benign, leaks: boolean, seed: number): readonly Shape[] {
  return Object.entries(kinds).flatMap(([kind, make], index) =>
    Array.from({ length: 8 }, (_, number) => {
      const random = randomOf(seed * 1000 + index * 10 + number);
      const { size, starts = [] } = make(random);
      const wobble = random.between(0.1, 1.5); // what no program is without
      const sizes = Array.from({ length: hours * perHour }, (_, minute) => Math.max(0, size(minute / perHour) + wobble * random.noise()));
      return { kind, leaks, sizes, starts };
    }),
  );
}
