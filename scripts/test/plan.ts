import { findNode, type Node, nodeOfPath } from './nodes.ts';
import { everything, filesOf, isWithin, onOneNode, quick, smoke } from './tiers.ts';

/** Test files for one Node. */
export interface Run {
  readonly node: Node;
  readonly files: readonly string[];
  /** Whether properties try a tenth of their inputs. */
  readonly fewInputs: boolean;
}

/** What is run on which Node, and the releases that can't be had. */
export interface Plan {
  readonly runs: readonly Run[];
  readonly absent: readonly number[];
}

/** What the command line asks for. */
export interface Request {
  readonly paths: readonly string[];
  readonly quick: boolean;
  readonly once: boolean;
  /** The only release of Node that is wanted. */
  readonly major: number | undefined;
}

/** Divides the test files among the releases of Node; with neither 24 nor 26 all are for the node of the PATH. */
export function planOf(request: Request): Plan {
  const { paths, once, major } = request;
  const fewInputs = request.quick;
  const files = filesOf(paths.length > 0 ? { paths, without: [] } : request.quick ? quick : everything);
  if (major !== undefined) return planFor([{ major, files, fewInputs }]);

  const all = planFor([{ major: 24, files, fewInputs }]);
  const fallback = { node: nodeOfPath(), files, fewInputs };
  if (once || request.quick) return all.runs.length > 0 ? all : { runs: [fallback], absent: [] };

  // What hangs on the release shows itself in few inputs as in many.
  const onBoth = paths.length > 0 ? files : files.filter((file) => !isWithin(file, onOneNode));
  const others = [{ major: 26, files: onBoth, fewInputs: true }];
  if (paths.length === 0) for (const past of [22, 20]) others.push({ major: past, files: filesOf(smoke), fewInputs: true });
  const rest = planFor(others);
  const absent = [...all.absent, ...rest.absent];
  return { runs: [...(all.runs.length > 0 ? all.runs : [fallback]), ...rest.runs], absent };
}

interface Part extends Omit<Run, 'node'> {
  readonly major: number;
}

function planFor(parts: readonly Part[]): Plan {
  const runs: Run[] = [];
  const absent: number[] = [];
  for (const { major, ...part } of parts) {
    const node = findNode(major);
    if (node === undefined) absent.push(major);
    else runs.push({ ...part, node });
  }
  return { runs, absent };
}
