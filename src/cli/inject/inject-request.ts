import { configFromFlags } from '../../config/flags.ts';
import { loopbackOf } from '../../discovery/listeners.ts';
import type { InjectRequest, RunAs } from '../../inject/request.ts';
import type { Problem } from '../../model/problem.ts';
import { printable } from '../../untrusted.ts';
import { version } from '../../version.ts';
import type { Arguments } from '../arguments.ts';

/** What the flags of `memgap inject` ask for, or what is wrong with them. */
export function injectRequest(args: Arguments): InjectRequest | Problem {
  const port = wholeNumber(args.text('port'), 65_535);
  if (port === undefined || port === 0) return { message: '--port is a number from 1 to 65535' };
  const image = args.text('image') ?? `memgap:${version}`;
  // a registry with its port, a path, a tag, a digest
  if (!/^[a-z\d][\w.:/@-]*$/i.test(image)) return { message: `--image is not the name of an image: ${printable(image)}` };
  const runAs = idsOf(args.text('run-as'));
  if (runAs !== undefined && 'message' in runAs) return runAs;
  const exe = args.text('exe');
  const pprof = pprofOf(args.text('pprof'), exe);
  if (pprof !== undefined && 'message' in pprof) return pprof;
  return {
    image,
    port,
    runAs,
    exe,
    pprof,
    container: args.text('container'),
    native: !args.flag('no-native-sidecar'),
    prometheusAnnotations: args.flag('prometheus-annotations'),
    only: args.texts('workload'),
  };
}

/** The address that the sidecar is to be given, checked as the sidecar will check it, and `exe` with it. */
function pprofOf(given: string | undefined, exe: string | undefined): InjectRequest['pprof'] | Problem {
  const checked = configFromFlags({ 'target.name': 'target', 'target.pprof': given, 'target.exe': exe ?? 'target' });
  if (!checked.ok) return { message: checked.problems.map(({ message }) => message.replaceAll('--target.', '--')).join('; ') };
  const address = checked.config.targets[0]?.go.pprof;
  if (given === undefined || address === undefined) return undefined;
  const port = address.socketPath === undefined ? loopbackOf(address.url)?.port : undefined;
  if (port === undefined) return { message: '--pprof is an address of the pod itself: http://127.0.0.1:6060/debug/pprof' };
  return { url: given, port };
}

function idsOf(text: string | undefined): RunAs | Problem | undefined {
  if (text === undefined) return undefined;
  const [user, group, ...more] = text.split(':').map((part) => wholeNumber(part, 2 ** 31 - 1)); // what Kubernetes allows
  if (user !== undefined && group !== undefined && more.length === 0) return { user, group };
  return { message: '--run-as is a user and a group by number, as 65532:65532' };
}

function wholeNumber(text: string | undefined, max: number): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= max ? Number(text) : undefined;
}
