import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { memgapItself } from './memgap-itself.ts';
import { overview } from './overview.ts';
import { target } from './target.ts';

/** Every dashboard, by the name of its file in deploy/grafana. */
export const dashboards: Readonly<Record<string, () => Dashboard>> = {
  'memgap-overview': overview,
  'memgap-target': target,
  'memgap-itself': memgapItself,
};
