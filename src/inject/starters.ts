/** What starts another program, in its place or as its child: the process to watch is not called like that. */
const starters = new Set(
  [
    'sh bash ash dash zsh ksh mksh fish csh tcsh busybox toybox env',
    'init tini tini-static dumb-init catatonit pid1 my_init s6-svscan runsvdir supervisord systemd',
    'su sudo doas runuser su-exec gosu setpriv setuidgid chpst capsh chroot unshare nsenter bwrap',
    'timeout nice ionice chrt taskset numactl prlimit stdbuf nohup setsid script time xargs flock',
    'dlv gdb strace ltrace perf valgrind go air reflex watchexec nodemon',
    'vault-env envconsul chamber doppler secrets-init consul-template',
    'nodejs java entrypoint docker-entrypoint',
  ].flatMap((line) => line.split(' ')),
);

const interpreter = /^(?:python|pypy|perl|ruby|node|php|lua|tclsh|pwsh)[\d.]*$/;
const script = /\.(?:sh|bash|zsh|ksh|py|pl|rb|js|php|lua|ps1)$/;
const loader = /^ld(?:64)?[-.].*so[\d.]*$/; // ld-linux-x86-64.so.2, ld-musl-x86_64.so.1

/** Whether a program of this base name starts another one, or is a script: `/proc/PID/exe` of that is its interpreter (execve(2)). Pure. */
export function isStarter(name: string): boolean {
  return starters.has(name) || [interpreter, script, loader].some((pattern) => pattern.test(name));
}
