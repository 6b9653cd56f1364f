import { join } from 'node:path';
import { found, type Reading } from '../../src/model/reading.ts';
import { locate } from '../../test/programs.ts';
import { root } from '../variants.ts';
import { type Build, buildPrograms } from './build-programs.ts';
import type { Setting } from './measure-all.ts';
import { type RealProgram, realPrograms } from './real-programs.ts';
import { type Shape, shapes } from './shapes.ts';

/** Every program that is tried. */
export const subjects: readonly (Shape | RealProgram)[] = [...shapes, ...realPrograms];

/** The folder below which the bench works and keeps its results. */
export const adviceFolder = join(process.env.MEMGAP_CACHE ?? join(root, '.cache'), 'advice');

/**
 * What measureAll needs on this machine, from the cache; or why there is no Go for it. Each build of the module is made when it is first
 * asked for.
 */
export function setHere(): Reading<Pick<Setting<Shape | RealProgram>, 'folder' | 'tool' | 'locate'>> {
  const built = new Map<Build, Reading<string>>();
  const pathOf = (build: Build) => {
    const path = built.get(build) ?? buildPrograms(join(adviceFolder, '..'), adviceFolder, build);
    built.set(build, path);
    return path;
  };
  const tool = pathOf('pure');
  if (!tool.ok) return tool;
  return found({
    folder: join(adviceFolder, 'work'),
    tool: tool.value,
    locate: (subject) => ('of' in subject ? locate(subject.of) : pathOf(subject.build ?? 'pure')),
  });
}
