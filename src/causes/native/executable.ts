import { found } from '../../model/reading.ts';
import { bytes, formatBytes, mebibyte } from '../../model/units.ts';
import { type Cause, inactive, ratio, size } from '../engine/cause.ts';

const minRssRatio = 0.2; // of RSS
const minBytes = 8 * mebibyte; // a small program is mostly its own code, and nobody asks why

/** Pages of the program file: a baseline that is there from the start (k0s#128, golang/go#51130). */
export const executable: Cause = {
  name: 'executable',
  title: 'the program file itself',
  claims: ['rss:exe_file'],
  judge({ ledger: { mapped } }) {
    if (!mapped.ok) return mapped;
    const { components, total } = mapped.value.value;
    const file = components.exe_file ?? bytes(0);
    if (file < Math.max(minBytes, minRssRatio * total)) return inactive;
    return found({
      bytes: file,
      evidence: [size('resident of the executable', file, 'smaps'), ratio('of RSS', file / total, 'smaps')],
      summary: `${formatBytes(file)} is code and data of the program file, read from disk as it is needed, and shared with every other process that runs it.`,
      next: "nothing: a baseline, not a leak; go list -deps -f '{{.ImportPath}} {{.EmbedFiles}}' in its source tells which files are in it (go:embed)",
    });
  },
};
