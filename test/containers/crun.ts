import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Container, ociConfig } from './bundle.ts';
import type { Host } from './host.ts';

/** A container that runs by itself. */
export interface Running {
  readonly name: string;
  /** Of its main process, in the host. */
  readonly pid: number;
  /** What it wrote, both streams. */
  log(): string;
  /** Kills it and takes it away. */
  remove(): Promise<void>;
}

/** Starts a container that goes on by itself. */
export async function start(host: Host, container: Container): Promise<Running> {
  const bundle = bundleOf(host, container);
  const file = join(bundle, 'log');
  const pidFile = join(bundle, 'pid');
  // not to the pipes of this command: they would be open as long as the container
  const args = ['run', '--detach', '--bundle', bundle, '--pid-file', pidFile, container.name];
  const { code } = await host.run('sh', '-c', '"$@" >"$0" 2>&1 </dev/null', file, ...host.crunCommand, ...args);
  if (code !== 0) throw new Error(`crun run ${container.name}: exit code ${code}\n${readFileSync(file, 'utf8')}`);
  return {
    name: container.name,
    pid: Number(readFileSync(pidFile, 'utf8')),
    log: () => readFileSync(file, 'utf8'),
    remove: async () => {
      await host.must(...host.crunCommand, 'delete', '--force', container.name);
    },
  };
}

/** Runs a container to its end: what it wrote, and its exit code. */
export function runToEnd(host: Host, container: Container) {
  return host.run(...host.crunCommand, 'run', '--bundle', bundleOf(host, container), container.name);
}

function bundleOf(host: Host, container: Container): string {
  const bundle = join(host.folder, 'bundles', container.name);
  mkdirSync(bundle, { recursive: true });
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(ociConfig(container)));
  return bundle;
}
