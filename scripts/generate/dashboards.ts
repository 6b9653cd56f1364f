import { dashboards } from '../dashboards/index.ts';

/** deploy/grafana/*.json: what Grafana is provisioned with. */
export const dashboardFiles = Object.entries(dashboards).map(([name, make]) => ({
  path: `deploy/grafana/${name}.json`,
  make: () => `${JSON.stringify(make(), undefined, 1)}\n`,
}));
