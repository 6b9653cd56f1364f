/**
 * Which series a dashboard shows. A sidecar's have namespace and pod from the scrape, those of node mode from memgap itself, those of a
 * host have neither: `=~` with `.*` for "All" matches them all. `instance` and `target` together are one process in each of the three.
 */
const chosen = 'namespace=~"$namespace", pod=~"$pod", instance=~"$instance"';

/** A family of all chosen targets: `family('memgap_rss_bytes')`. */
export function family(name: string, ...matchers: readonly string[]): string {
  return `${name}{${[chosen, ...matchers].join(', ')}}`;
}

/** A family of the one target of the dashboard Target. */
export function ofTarget(name: string, ...matchers: readonly string[]): string {
  return family(name, 'target="$target"', ...matchers);
}

/** A family of memgap itself. */
export function ofMemgap(name: string): string {
  return `${name}{instance=~"$instance"}`;
}

/**
 * Gives each series a label `who` for its legend, the same in every shape: namespace/pod/target, where the target's own name (node mode) is
 * not that already, and the target alone on a host.
 */
export function named(expression: string): string {
  const joined = `label_join(${expression}, "who", "/", "namespace", "pod", "target")`;
  return `label_replace(label_replace(${joined}, "who", "$1", "target", "(.+/.+)"), "who", "$1", "who", "/+(.+)")`;
}

const shown = 10;

/** The ten series of a family that were highest at any time of the range: the same ten at every step, which `topk` alone is not. */
export function highest(name: string): string {
  return named(`(${family(name)} and topk(${shown}, max_over_time(${family(name)}[$__range] @ end())))`);
}

/** The ten that were lowest. */
export function lowest(name: string): string {
  return named(`(${family(name)} and bottomk(${shown}, min_over_time(${family(name)}[$__range] @ end())))`);
}

/** One series for each target, without the labels of the job, so that columns of a table join. */
export function eachTarget(expression: string): string {
  return `max by (namespace, pod, instance, target) (${expression})`;
}
