import type { Mapping } from '../../../model/mapping.ts';
import type { Owner, Rule } from '../component.ts';
import { hasFlag, isCode } from '../layout.ts';

/**
 * What a name in brackets says: the kernel's own (`[heap]`, `[stack]`, `[vdso]`), or one given with prctl(PR_SET_VMA_ANON_NAME), which Go
 * (runtime/set_vma_name_linux.go) and glibc (tunable glibc.mem.decorate_maps) do on kernels with CONFIG_ANON_VMA_NAME. No such kernel was
 * at hand: the names are from the sources of Go 1.27 and glibc 2.40. A file's path starts with a slash, so that none passes for a name.
 */
export function byName(mapping: Mapping): { readonly owner: Owner; readonly rule: Rule } | undefined {
  const { path } = mapping;
  if (mapping.inode !== 0 || !path.startsWith('[')) return undefined;
  if (path === '[heap]') return { owner: 'c_malloc', rule: 'special' }; // brk(2); its part below the end of bss is the executable's
  if (path === '[stack]' || path.startsWith('[stack:')) return { owner: 'thread_stacks', rule: 'special' };
  if (path.startsWith('[anon_shmem:')) return { owner: 'shmem', rule: 'name' };
  if (path.startsWith(goName)) return goHeapNames.has(path) ? undefined : { owner: 'go_metadata', rule: 'name' };
  if (path.startsWith('[anon: glibc: pthread')) return { owner: 'thread_stacks', rule: 'name' };
  if (path.startsWith('[anon: glibc: ')) return { owner: 'c_malloc', rule: 'name' };
  if (path.startsWith('[anon:')) return { owner: isCode(mapping) ? 'jit_code' : 'native_mmap', rule: 'name' };
  return kernelNames.has(path) ? { owner: 'kernel_mappings', rule: 'special' } : { owner: 'unknown', rule: 'special' };
}

const goName = '[anon: Go: ';

/** What sysReserve, sysMap, sysUsed and sysUnused of runtime/mem_linux.go call the heap's blocks. */
const goHeapNames: ReadonlySet<string> = new Set(
  ['heap', 'heap reservation', 'used', 'unused', 'user arena chunk'].map((name) => `${goName}${name}]`),
);

/** Whether the runtime itself says that this is its heap: usable or reserved. */
export function isNamedHeap({ path, inode }: Mapping): boolean {
  return inode === 0 && goHeapNames.has(path);
}

const kernelNames: ReadonlySet<string> = new Set([
  '[vdso]',
  '[vvar]',
  '[vvar_vclock]',
  '[vsyscall]',
  '[vectors]',
  '[sigpage]',
  '[uprobes]',
]);

/** MAP_DROPPABLE (Linux 6.11): vgetrandom's states, which Go (vgetrandom_linux.go) and glibc map and no account of theirs counts. */
export function isRandomState(mapping: Mapping): boolean {
  return hasFlag(mapping, 'dp');
}
