/** Who stands in a group. */
export interface ProcessTree {
  readonly target: number;
  /** memgap itself, where it is known: started in a container to look at it, it is no reason for what the container holds. */
  readonly reader: number | undefined;
  /**
   * Of each process of the group, the target included, the pid of its parent (`PPid` of status; 0 outside of the reader's pid namespace).
   */
  readonly parents: ReadonlyMap<number, number>;
}

/**
 * Pure: how many of a group's processes are there for another reason than the target: neither below it nor above it (its init, the shell
 * that started it), nor memgap and what is above and below that. In a `user.slice` those above are a login's, and count. An orphan of the
 * target's has init for its parent (proc_pid_status(5)), and counts as well: nothing tells it from a stranger.
 */
export function strangersAmong({ target, reader, parents }: ProcessTree, isOfUsers: boolean): number {
  const isReaderIn = reader !== undefined && parents.has(reader);
  const known = below(isReaderIn ? [target, reader] : [target], parents);
  for (const pid of isOfUsers ? [] : above(target, parents)) known.add(pid);
  for (const pid of isReaderIn ? above(reader, parents) : []) known.add(pid);
  return [...parents.keys()].filter((pid) => !known.has(pid)).length;
}

/** These and all that they started. */
function below(roots: readonly number[], parents: ReadonlyMap<number, number>): Set<number> {
  const children = new Map<number, number[]>();
  for (const [pid, parent] of parents) {
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [pid]);
    else siblings.push(pid);
  }
  const all = new Set(roots);
  for (const pid of all) for (const child of children.get(pid) ?? []) all.add(child); // a Set is gone through with what is added meanwhile
  return all;
}

/** Parents were not read at one instant: one whose pid was reused must not lead in a circle. */
function above(pid: number, parents: ReadonlyMap<number, number>): ReadonlySet<number> {
  const line = new Set<number>();
  for (let at = parents.get(pid); at !== undefined && parents.has(at) && !line.has(at); at = parents.get(at)) line.add(at);
  return line;
}
