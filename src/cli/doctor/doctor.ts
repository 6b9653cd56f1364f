import { type Diagnosis, diagnose, isWhole } from '../../doctor/diagnose.ts';
import { doctorDocument } from '../../doctor/document.ts';
import { doctorText } from '../../doctor/text.ts';
import type { TargetConfig } from '../../model/target.ts';
import { printableJson } from '../../untrusted.ts';
import type { Arguments } from '../arguments.ts';
import { configure } from '../configure.ts';
import { discoveredTargets } from '../explain/discovered.ts';
import { type Choice, chooseTarget, nobodyDiscovered } from '../explain/explain-target.ts';
import { exitCode, type Io } from '../io.ts';
import { refuse } from '../refuse.ts';
import { examine, examineNobody } from './examine.ts';
import { withPorts } from './probe-ports.ts';

/** `memgap doctor`: what can be read of each target, why not the rest, and the lines that mend it. */
export async function doctor(args: Arguments, io: Io): Promise<number> {
  const discovered = await discoveredTargets(args);
  const choice: Choices = discovered.ok ? await chooseTargets(args, discovered.value) : { ok: false, search: discovered };
  if ('problems' in choice) return refuse(choice.problems, 'doctor', io);
  if (choice.ok && choice.note !== undefined) io.err(`memgap: ${choice.note}\n`);
  const diagnoses = choice.ok
    ? await all(choice.targets, choice.pollTimeout, args, io)
    : [diagnose(await examineNobody(choice.search, args, io))];
  io.out(
    args.flag('json')
      ? `${printableJson(doctorDocument(diagnoses))}\n`
      : diagnoses.map((each) => doctorText(each, { color: io.color })).join('\n'),
  );
  return diagnoses.every(isWhole) ? exitCode.ok : exitCode.failed;
}

type Choices =
  | { readonly ok: true; readonly targets: readonly TargetConfig[]; readonly pollTimeout: number; readonly note: string | undefined }
  | Extract<Choice, { ok: false }>;

/** As explain chooses, but for a config file without a name: then all of its targets. */
async function chooseTargets(args: Arguments, discovered: readonly TargetConfig[]): Promise<Choices> {
  if (args.given('config.file') && args.positionals.length === 0) {
    const loaded = await configure(args);
    if (!loaded.ok) return loaded;
    const targets = [...loaded.config.targets, ...discovered];
    if (targets.length === 0) return { ok: false, search: nobodyDiscovered };
    return { ok: true, targets, pollTimeout: loaded.config.pollTimeout, note: undefined };
  }
  const choice = await chooseTarget(args, discovered);
  return choice.ok ? { ok: true, targets: [choice.target], pollTimeout: choice.config.pollTimeout, note: choice.note } : choice;
}

/** One after the other: each walk over mappings is a cost to its target and to the machine. */
async function all(targets: readonly TargetConfig[], pollTimeout: number, args: Arguments, io: Io): Promise<readonly Diagnosis[]> {
  const diagnoses: Diagnosis[] = [];
  for (const each of targets) {
    const target = args.flag('target.probe-ports') ? await withPorts(each, pollTimeout, args) : each;
    diagnoses.push(diagnose(await examine(target, pollTimeout, args, io)));
  }
  return diagnoses;
}
