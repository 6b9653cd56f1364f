import { found } from '../../model/reading.ts';
import { bytes, formatBytes } from '../../model/units.ts';
import { type Cause, growthClause, growthEvidence, inactive, isLarge, lineIn, size } from '../engine/cause.ts';

/**
 * Code that the program made while it runs, as sonic, wazero and V8 do: it grows with what is compiled, without a bound
 * (bytedance/sonic#600).
 */
export const jitCode: Cause = {
  name: 'jit_code',
  title: 'code generated at run time',
  claims: ['rss:jit_code'],
  judge({ ledger: { mapped }, past }) {
    if (!mapped.ok) return mapped;
    const { components, total } = mapped.value.value;
    const code = components.jit_code ?? bytes(0);
    const rate = lineIn(past, 'jit_code');
    if (rate === undefined && !isLarge(code, total)) return inactive;
    return found({
      bytes: code,
      evidence: [size('anonymous memory that may be executed', code, 'smaps: r-x or rwx, without a file'), growthEvidence(rate)],
      summary: `${formatBytes(code)} is code that was generated at run time: of what was compiled (types, queries, modules) each version stays${growthClause(rate)}.`,
      next: "compile each once, and close what is done with (wazero: CompiledModule.Close); or the library's interpreter (wazero: NewRuntimeConfigInterpreter)",
    });
  },
};
