import { redactAddress } from '../config/endpoint-address.ts';
import { loadConfig } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import { endReaders, stuckReaders } from '../files/reader.ts';
import type { Reloaded } from '../serve/http/deps.ts';
import { type Listening, listen, parseListenAddresses } from '../serve/http/listen.ts';
import { externalHostProblem } from '../serve/http/own-host.ts';
import { telemetryPathProblem } from '../serve/http/routes/index.ts';
import { createServer } from '../serve/http/server.ts';
import { shareRuns } from '../serve/http/shared-runs.ts';
import { revision, version } from '../version.ts';
import { createSampler } from '../watch/sampler.ts';
import type { Arguments } from './arguments.ts';
import { configure, kernelPaths } from './configure.ts';
import { exitCode, type Io } from './io.ts';
import { createLogger, logFormats, logLevels } from './log.ts';
import { fail, refuse } from './refuse.ts';

/** `memgap serve`: polls the targets and serves what it found, until SIGTERM or SIGINT. SIGHUP reloads the config file. */
export async function serve(args: Arguments, io: Io): Promise<number> {
  const flags = readFlags(args);
  if ('message' in flags) return refuse([flags], 'serve', io);
  const { level, format, telemetryPath, externalHosts, addresses } = flags;
  const loaded = await configure(args);
  if (!loaded.ok) return refuse(loaded.problems, 'serve', io);

  const log = await createLogger(level, format);
  const sampler = createSampler(kernelPaths(args), log, {
    memoryReads: args.flag('process.memory-reads'),
    environ: !args.flag('process.no-environ'),
  });
  const file = args.text('config.file');
  const load = { successful: true, succeededAt: Date.now() / 1000 };
  let stopping = false;
  const reload = file === undefined ? undefined : shareRuns(() => reloadNow(file), 9);

  const app = createServer({
    targets: sampler,
    self: { version, revision, configLoad: () => load, discovery: sampler.discovery, stuckReaders },
    telemetryPath,
    externalHosts,
    lifecycle: args.flag('web.enable-lifecycle'),
    ...(reload !== undefined && { reload }),
    stopping: () => stopping,
    log,
  });
  const listening = await listen(app, addresses);
  if (!listening.ok) return fail(listening.problem, io);
  const stopped = untilStopped(listening.value); // before anybody can know that it runs, and send a signal
  log.info({ version, revision, addresses: listening.value.addresses, targets: loaded.config.targets.length }, 'memgap listens');
  sampler.apply(loaded.config);
  return stopped;

  /** Whole or not at all: a file with a mistake, or one that can't be read now, changes nothing, and the metric says so. */
  async function reloadNow(path: string): Promise<Reloaded> {
    const next = await loadConfig(path);
    if (stopping) return { ok: false, problems: ['memgap stops'] };
    load.successful = next.ok;
    if (!next.ok) {
      const problems = next.problems.map(formatProblem);
      log.error({ file: path, problems }, 'the config was not reloaded: the one before stays in force');
      return { ok: false, problems };
    }
    load.succeededAt = Date.now() / 1000;
    sampler.apply(next.config);
    log.info({ file: path, targets: next.config.targets.length }, 'the config was reloaded');
    return { ok: true };
  }

  /** The first signal drains: requests under way end, reads are cut, every timer is cleared. The second exits at once. */
  function untilStopped({ close }: Listening): Promise<number> {
    return new Promise((resolve) => {
      const onHangup = () => void (reload === undefined ? log.warn({}, 'SIGHUP: there is no config file to reload') : reload());
      const onEnd = (signal: NodeJS.Signals) => {
        if (stopping) process.exit(exitCode.failed);
        stopping = true;
        endReaders();
        log.info({ signal }, 'memgap stops');
        Promise.all([close(), sampler.stop()]).then(
          () => {
            process.off('SIGHUP', onHangup).off('SIGTERM', onEnd).off('SIGINT', onEnd);
            resolve(exitCode.ok);
          },
          (error: unknown) => {
            log.error({ err: String(error) }, 'memgap did not stop cleanly');
            resolve(exitCode.failed);
          },
        );
      };
      process.on('SIGHUP', onHangup).on('SIGTERM', onEnd).on('SIGINT', onEnd);
    });
  }
}

/** What serve alone can be told, checked before anything starts. */
function readFlags(args: Arguments) {
  const [word] = args.positionals;
  if (word !== undefined) return { message: `serve takes no "${redactAddress(word)}"` };
  const level = logLevels.find((each) => each === args.text('log.level'));
  if (level === undefined) return { message: `--log.level is one of ${logLevels.join(', ')}` };
  const format = logFormats.find((each) => each === args.text('log.format'));
  if (format === undefined) return { message: `--log.format is one of ${logFormats.join(', ')}` };
  const telemetryPath = args.text('web.telemetry-path') ?? '/metrics';
  const problem = telemetryPathProblem(telemetryPath);
  if (problem !== undefined) return { message: problem };
  const externalHosts = args.texts('web.external-host');
  const hostProblem = externalHosts.map(externalHostProblem).find((each) => each !== undefined);
  if (hostProblem !== undefined) return { message: hostProblem };
  const addresses = parseListenAddresses(args.texts('web.listen-address'));
  return 'message' in addresses ? addresses : { level, format, telemetryPath, externalHosts, addresses };
}
