/** Parts of paths that are the same on every machine. */
const ofPaths =
  'bin boot cache cgroup cgroup2 data dev etc fd fdinfo fs home host kernel lib lib32 lib64 local memory mm mnt net opt proc root run sbin self shm src sys task tmp unified usr var zero';

/** Files of procfs and of cgroups. */
const ofProc =
  'PID stat status statm maps smaps smaps_rollup mountinfo exe environ limits io mem pagemap tcp tcp6 vmstat enabled transparent_hugepage heap pprof debug vars metrics yama ptrace_scope';

const ofMachines = 'x86_64-linux-gnu aarch64-linux-gnu x86_64 amd64 arm64';

/** What systemd, the kubelet and runtimes of containers call groups. */
const ofGroups =
  'app besteffort burstable conmon container containerd containers cri crio docker guaranteed init kubelet kubepods libpod machine payload pod runtime scope service session slice system user';

/** The first parts of the standard library's packages. */
const ofGo =
  'archive bufio builtin bytes cmp compress container context crypto database debug embed encoding errors expvar flag fmt go hash html image index internal io iter log maps math mime net os path plugin reflect regexp runtime slices sort strconv strings structs sync syscall testing text time type: unicode unique unsafe vendor weak _cgo';

/** What memgap's own sentences are made of: a program of that name is nobody's in particular. */
const ofSentences =
  'after anonymous been before bytes cgroup directory ended exited file files group groups listens mapped memory mount mounts named open other port process processes program read seen socket target text that there this watched what where which';

function wordsOf(...lists: readonly string[]): ReadonlySet<string> {
  return new Set(lists.flatMap((list) => list.split(' ')));
}

/** Words that name nobody: they stay where names are replaced. */
export const knownWords = {
  ofPaths: wordsOf(ofPaths, ofProc, ofMachines),
  ofGroups: wordsOf(ofGroups),
  ofGo: wordsOf(ofGo),
  ofSentences: wordsOf(ofSentences),
};

/** Libraries that many programs are linked with, whose names rules and advice go by; with or without a version. */
export const knownLibrary =
  /^(ld-linux[\w-]*|ld-musl-\w+|lib(c|m|dl|rt|pthread|resolv|gcc_s|stdc\+\+|z|lzma|zstd|bz2|ssl|crypto|seccomp|systemd|selinux|numa|udev|jemalloc|tcmalloc\w*|mimalloc|musl-\w+|nss_\w+))([-.][\d.]+)?\.so(\.[\d.]+)?$/;
