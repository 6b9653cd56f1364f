#!/usr/bin/env bash
# Podman of the cache (scripts/toolchain.sh crun podman), with all that it keeps in FOLDER and nothing of the system's configuration.
# It still needs /run and /dev/shm: give it a mount namespace with its own of both (test/containers/host.sh), or it shares the system's.
# Usage: podman.sh FOLDER ARGUMENT...
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
tools=$(cd "${MEMGAP_CACHE:-$here/.cache}/debian" && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift

if [ ! -e "$folder/containers.conf" ]; then
  # podman looks for the policy in the home folder first, and has no flag for it in most commands
  mkdir -p "$folder/home/.config/containers" "$folder/runtime"
  cp "$tools/podman/etc/containers/policy.json" "$folder/home/.config/containers/"
  # the limits are the most that this process may give: raising them takes CAP_SYS_RESOURCE
  cat >"$folder/containers.conf.new" <<CONF
[containers]
default_ulimits = ["nofile=$(ulimit -Hn):$(ulimit -Hn)", "nproc=$(ulimit -Hu):$(ulimit -Hu)"]
seccomp_profile = "$tools/podman/usr/share/containers/seccomp.json"
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "crun"
conmon_path = ["$tools/podman/bin/conmon"]
helper_binaries_dir = ["$tools/podman/usr/lib/podman", "$tools/podman/usr/libexec/podman"]
[engine.runtimes]
crun = ["$tools/crun/bin/crun"]
[network]
network_backend = "netavark"
network_config_dir = "$folder/networks"
CONF
  mv "$folder/containers.conf.new" "$folder/containers.conf"
fi

# an overlay can't be put over another one
if [ -z "${STORAGE_DRIVER:-}" ] && [ "$(stat --file-system --format %T "$folder")" = overlayfs ]; then STORAGE_DRIVER=vfs; fi

export HOME=$folder/home XDG_RUNTIME_DIR=$folder/runtime CONTAINERS_CONF=$folder/containers.conf PATH=$tools/podman/bin:$PATH
exec podman --root "$folder/storage" --runroot "$folder/run" --tmpdir "$folder/tmp" --storage-driver "${STORAGE_DRIVER:-overlay}" "$@"
