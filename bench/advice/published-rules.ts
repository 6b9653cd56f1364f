const mebibyte = 1024 ** 2;

/**
 * The memory target of the Vertical Pod Autoscaler's recommender for a pod of one container, after one day: the 90th percentile of the
 * daily peaks of the working set, in a histogram whose buckets grow by 5 % from 10 MB (the percentile is the bucket's end), 15 % more, and
 * at least 250 MiB (kubernetes/autoscaler, vertical-pod-autoscaler/pkg/recommender: logic/recommender.go, model/aggregations_config.go,
 * util/histogram_options.go). Its limit is the request where the two are written equal, as they are for a fair comparison here.
 */
export function verticalPodAutoscaler(workingSets: readonly number[]): number {
  const [first, ratio, margin, least] = [1e7, 1.05, 0.15, 250 * mebibyte];
  const peak = Math.max(0, ...workingSets);
  const bucket = peak < first ? 0 : Math.floor(Math.log((peak * (ratio - 1)) / first + 1) / Math.log(ratio));
  const end = (first * (ratio ** (bucket + 1) - 1)) / (ratio - 1);
  return Math.max(least, end * (1 + margin));
}

/**
 * Request and limit of Robusta KRR's simple strategy: the highest container_memory_working_set_bytes of the history, 15 % more, and at
 * least 100 MiB (robusta-dev/krr: robusta_krr/strategies/simple.py, memory_buffer_percentage; robusta_krr/core/models/config.py,
 * memory_min_value).
 */
export function robustaKrr(workingSets: readonly number[]): number {
  return Math.max(100 * mebibyte, Math.max(0, ...workingSets) * 1.15);
}
