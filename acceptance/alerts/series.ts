import type { Range } from './history.ts';
import { perHour, type Shape } from './shapes.ts';

const mebibyte = 1024 ** 2;
const around = 40 * mebibyte; // Go's own part of the resident set, which stays
const every = 2; // minutes between two samples
const constantEvery = 4; // within the five minutes that a query looks back

/**
 * OpenMetrics text of what memgap would have exported of targets whose C malloc had these shapes. The limit is what a careful person sets:
 * 1.3 times the peak of what is healthy, and for a leak what it reaches after two days.
 */
export function* openMetrics(shapes: readonly Shape[], { start }: Range): Iterable<string> {
  const resident = (shape: Shape, minute: number) => (shape.sizes[minute] ?? 0) * mebibyte + around;
  const limits = shapes.map(
    (shape) => around + mebibyte * (shape.leaks ? Math.max(...shape.sizes.slice(0, 48 * perHour)) : 1.3 * Math.max(...shape.sizes)),
  );
  yield* family('memgap_rss_component_bytes', every, (shape, minute) => (shape.sizes[minute] ?? 0) * mebibyte, 'component="c_malloc",');
  yield* family('memgap_rss_bytes', every, resident);
  yield* family('memgap_cgroup_unreclaimable_bytes', every, resident);
  yield* family('memgap_oom_headroom_bytes', every, (shape, minute, index) => (limits[index] ?? 0) - resident(shape, minute));
  yield* family('memgap_cgroup_limit_bytes', constantEvery, (_, __, index) => limits[index] ?? 0);
  yield* family(
    'memgap_target_start_time_seconds',
    constantEvery,
    ({ starts }, minute) => start + 60 * (starts.findLast((at) => at <= minute) ?? 0),
  );

  function* family(
    name: string,
    step: number,
    value: (shape: Shape, minute: number, index: number) => number,
    labels = '',
  ): Iterable<string> {
    yield `# TYPE ${name} gauge\n`;
    for (const [index, shape] of shapes.entries()) {
      const series = `${name}{${labels}job="memgap",target="${index}"}`;
      const lines: string[] = [];
      for (let minute = 0; minute < shape.sizes.length; minute += step) {
        lines.push(`${series} ${Math.round(value(shape, minute, index))} ${start + 60 * minute}\n`);
      }
      yield lines.join('');
    }
  }
}
