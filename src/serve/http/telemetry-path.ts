import { routes } from './routes/index.ts';

/** What is wrong with a `--web.telemetry-path`, as one line that names the flag; `undefined` if nothing is. */
export function telemetryPathProblem(path: string): string | undefined {
  if (!/^\/[\w./~-]*$/.test(path)) return '--web.telemetry-path must start with / and hold only letters, digits and . _ ~ - /';
  const clash = routes.flatMap(({ below }) => below).find((prefix) => path === prefix || path.startsWith(`${prefix}/`));
  return clash && `--web.telemetry-path must not be ${clash} or below it: memgap has other pages there`;
}
