import type { AccessFacts } from '../../src/doctor/checks.ts';
import type { Credentials, ProcessAccess, ProcessIds, Surroundings } from '../../src/model/access.ts';
import { found } from '../../src/model/reading.ts';

/** A process as anybody sees it; `uid` and `gid` are real, effective, saved and file-system id alike. */
export function processWith(told: {
  readonly pid?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly capabilities?: readonly string[];
  readonly owner?: number;
  readonly userMap?: string;
  readonly label?: string;
}): ProcessAccess {
  const { pid = 7, uid = 65_532, gid = uid, capabilities = [], owner = uid, userMap = '0 0 4294967295', label } = told;
  const credentials: Credentials = { uid: same(uid), gid: same(gid), groups: [], permitted: capabilities, effective: capabilities };
  return { pid, name: 'manager', credentials: found(credentials), owner: found({ uid: owner, gid: owner }), userMap, label };
}

function same(id: number): ProcessIds {
  return { real: id, effective: id, saved: id, fileSystem: id };
}

/** A memgap that sees other processes and hides nothing. */
function surroundingsWith(self: ProcessAccess, told: Partial<Surroundings> = {}): Surroundings {
  return {
    self,
    hidePid: 'off',
    hidePidGroup: undefined,
    others: 3,
    pidOne: { name: 'pause', isMemgap: false },
    yama: undefined,
    kubernetes: true,
    ...told,
  };
}

/** memgap and the process that it wants to look into. */
export function factsOf(self: ProcessAccess, process: ProcessAccess | undefined, told: Partial<Surroundings> = {}): AccessFacts {
  return { surroundings: surroundingsWith(self, told), process, guessed: false, foundBy: 'exe', addresses: {} };
}
