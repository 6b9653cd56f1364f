import { styleText } from 'node:util';
import type { ProcessAccess } from '../model/access.ts';
import { printable } from '../untrusted.ts';
import type { Snippet } from './check.ts';
import { type Advice, type Diagnosis, rungs, type SourceFinding } from './diagnose.ts';

const sourceWidth = 18;
/** A line to be copied is cut only where no address that a config has is so long. */
const maxLineCharacters = 8192;

/**
 * A diagnosis for a terminal: what is read, what is not and why, and the lines that mend it where memgap runs. `color`: for a terminal
 * only.
 */
export function doctorText(
  { target, facts, rungs: reached, findings, advice, notAsked }: Diagnosis,
  options: { readonly color: boolean },
): string {
  const paint = (style: 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan', text: string) =>
    options.color ? styleText(style, text, { validateStream: false }) : text;
  const { process, guessed, surroundings } = facts;
  const who = [
    target,
    ...(process === undefined || target === `pid ${process.pid}` ? [] : [`${guessed ? 'probably ' : ''}pid ${process.pid}`]),
    ...nameOf(process),
  ];
  const ladder = rungs.map((rung) => (reached.includes(rung) ? paint('green', rung) : paint('dim', `(${rung})`))).join(' < ');
  const explainedFor = new Map<string, string>();
  const lines = [paint('bold', printable(who.join('  '))), `  ladder: ${ladder}`, ''];
  for (const finding of findings) lines.push(...findingLines(finding));
  for (const text of notAsked) lines.push(`  ${paint('dim', '-')} ${paint('dim', `not asked for: ${text}`)}`);
  if (advice.length > 0) lines.push('', paint('bold', 'What to do'));
  for (const each of advice) lines.push(...adviceLines(each));
  return `${lines.join('\n')}\n`;

  function findingLines(finding: SourceFinding): readonly string[] {
    if (finding.state === 'readable') return [`  ${paint('green', '✓')} ${finding.source}`];
    const { source, state, reason, detail, checks, lost, families } = finding;
    const mark = state === 'lost' ? paint('red', '✗') : paint('dim', '-');
    const why = checks.map(({ says, suspected }) => printable(`${suspected ? 'suspected: ' : ''}${says}`, 1024));
    const before = explainedFor.get(why.join());
    if (before === undefined) explainedFor.set(why.join(), source);
    // where a check says it all, the detail's advice is not repeated
    const raw = printable(checks.length === 0 ? detail : (detail.split('; ')[0] ?? ''), 1024);
    const said = checks.some(({ says }) => says.startsWith(detail)) ? [] : [raw];
    const reasons = why.length > 0 && before !== undefined ? [...said, `as for ${before}`] : [...said, ...why];
    return [
      `  ${mark} ${source.padEnd(sourceWidth)}${paint('yellow', reason)}`,
      ...reasons.map((text, index) => `      ${paint('dim', index === 0 ? 'why ' : '    ')}  ${text}`),
      `      ${paint('dim', 'lost')}  ${lost}${families.length === 0 ? '' : paint('dim', ` (${families.join(', ')})`)}`,
    ];
  }

  function adviceLines({ title, sources, snippets }: Advice): readonly string[] {
    const here: Snippet['on'] = surroundings.kubernetes ? 'kubernetes' : 'host';
    const lines = ['', `  ${paint('bold', `* ${title}`)}  ${paint('dim', `-> ${sources.join(', ')}`)}`];
    for (const { where, lines: text } of snippets.filter(({ on }) => on === undefined || on === here)) {
      lines.push(`    ${where}:`, ...text.map((line) => `      ${paint('cyan', printable(line, maxLineCharacters))}`));
    }
    return lines;
  }
}

function nameOf(process: ProcessAccess | undefined): readonly string[] {
  return process?.name === undefined ? [] : [`(${process.name})`];
}
