#!/usr/bin/env bash
# Fetches programs of Debian into the project's own cache folder: no root, and nothing of the system is touched, its apt lists neither.
# Usage: toolchain.sh NAME...   ("list" shows the names). MEMGAP_CACHE names another cache folder; the default is .cache in the checkout.
# What is in the cache is not fetched again and then no network is needed. Each NAME lands unpacked in CACHE/debian/NAME.
# Exit codes: 0 all there, 1 fetching failed, 2 wrong usage, 3 not possible on this machine (it says why; callers skip).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${MEMGAP_CACHE:-$(dirname "$here")/.cache}

# name | suite | version of the first package (a shell pattern) | packages (a * means the highest version that the suite has) | proof that it runs
# Dependencies are not resolved: most programs need libc at most, those of qemu and of the VM's root are in their rows, and the proof says so
# if that changes. Those of prometheus are its web page's. A kernel proves itself when it boots (test/vm).
table='
go1.19          | bookworm           | 1.19.* | golang-1.19-go golang-1.19-src | goroot/bin/go version
go-newest       | trixie-backports   | 1.*    | golang-1.*-go golang-1.*-src | goroot/bin/go version
prometheus      | bookworm           | 2.42.* | prometheus libjs-bootstrap4 libjs-d3 libjs-eonasdan-bootstrap-datetimepicker libjs-jquery libjs-jquery-hotkeys libjs-moment libjs-moment-timezone libjs-mustache libjs-popper.js libjs-rickshaw fonts-glyphicons-halflings | usr/bin/prometheus --version; usr/bin/promtool --version
exporters       | bookworm           | *      | prometheus-process-exporter prometheus-node-exporter | usr/bin/prometheus-process-exporter --version; usr/bin/prometheus-node-exporter --version
cc              | bookworm           | 12.*   | gcc-12 cpp-12 libgcc-12-dev libcc1-0 libgmp10 libisl23 libmpc3 libmpfr6 libzstd1 zlib1g libjansson4 binutils-x86-64-linux-gnu libbinutils libctf0 libctf-nobfd0 libgprofng0 libc6 libc6-dev linux-libc-dev libgcc-s1 | bin/cc --version
go1.22          | bookworm-backports | 1.22.* | golang-1.22-go golang-1.22-src | goroot/bin/go version
go1.24          | trixie             | 1.24.* | golang-1.24-go golang-1.24-src | goroot/bin/go version
go1.25          | trixie-backports   | 1.25.* | golang-1.25-go golang-1.25-src | goroot/bin/go version
go1.26          | trixie-backports   | 1.26.* | golang-1.26-go golang-1.26-src | goroot/bin/go version
prometheus-2.53 | trixie             | 2.53.* | prometheus | usr/bin/prometheus --version
prometheus-3.5  | sid                | 3.5.*  | prometheus promtool | usr/bin/prometheus --version; usr/bin/promtool --version
etcd            | trixie             | *      | etcd-server | usr/bin/etcd --version
caddy           | trixie-backports   | *      | caddy | usr/bin/caddy version
alertmanager    | sid                | *      | prometheus-alertmanager | usr/bin/prometheus-alertmanager --version
influxdb        | trixie             | 1.*    | influxdb | usr/bin/influxd version
mtail           | trixie             | 3.*    | mtail | usr/bin/mtail --version
victoria-metrics | trixie            | 1.*    | victoria-metrics | usr/bin/victoria-metrics --version
kubectl         | trixie             | 1.32.* | kubectl | usr/bin/kubectl version --client
qemu            | bookworm           | 1:7.*  | qemu-system-x86 qemu-system-common qemu-system-data seabios libaio1 libblkid1 libbpf1 libcapstone4 libdaxctl1 libelf1 libfdt1 libffi8 libfuse3-3 libglib2.0-0 libgmp10 libgnutls30 libhogweed6 libibverbs1 libidn2-0 libjpeg62-turbo libkmod2 liblzma5 libmount1 libndctl6 libnettle8 libnl-3-200 libnl-route-3-200 libnuma1 libp11-kit0 libpcre2-8-0 libpixman-1-0 libpmem1 libpng16-16 librdmacm1 libsasl2-2 libseccomp2 libselinux1 libslirp0 libssl3 libtasn1-6 libudev1 libunistring2 liburing2 libuuid1 libvdeplug2 libzstd1 zlib1g | bin/qemu-system-x86_64 --version
linux-6.12      | trixie             | 6.12.* | linux-image-6.12.*+deb13-cloud-amd64 |
vm-root         | bookworm           | *      | crun busybox-static libc6 libcap2 libgcc-s1 libgcrypt20 libgpg-error0 liblz4-1 liblzma5 libseccomp2 libstdc++6 libsystemd0 libyajl2 libzstd1 | bin/busybox true
jemalloc        | bookworm           | 5.3.*  | libjemalloc2 | bin/jemalloc grep libjemalloc /proc/self/maps
crun            | bookworm           | 1.*    | crun libyajl2 libseccomp2 libcap2 | bin/crun --version
podman          | bookworm           | 4.3.*  | podman conmon netavark catatonit golang-github-containers-common golang-github-containers-image iptables libassuan0 libdevmapper1.02.1 libglib2.0-0 libgpgme11 libip4tc2 libip6tc2 libmnl0 libnetfilter-conntrack3 libnfnetlink0 libnftnl11 libseccomp2 libsubid4 libxtables12 | bin/podman --version; bin/conmon --version; bin/iptables --version; usr/lib/podman/netavark --version
'

say() { printf 'toolchain: %s\n' "$*" >&2; }
trim() { sed 's/^ *//; s/ *$//; s/  */ /g'; }

row_of() { printf '%s' "$table" | awk -F '|' -v name="$1" '{ key = $1; gsub(/ /, "", key) } key == name'; }
column() { printf '%s' "$1" | cut -d '|' -f "$2" | trim; }
names() { printf '%s' "$table" | sed '/^$/d; s/ .*//' | tr '\n' ' '; }

# The stamp's first line is the row that it was fetched by: a changed row is fetched again. The others are packages and versions.
is_cached() {
  local stamp=$cache/debian/$1/.stamp
  [ -r "$stamp" ] && [ "$(head -n 1 "$stamp")" = "$(row_of "$1" | trim)" ]
}
say_cached() { say "$1: $(sed 1d "$cache/debian/$1/.stamp" | head -n 2 | tr '\n' ' ')(in the cache)"; }

# Everything that can make it impossible here, before anything is written.
require_debian() {
  local program
  for program in apt-get apt-cache dpkg dpkg-deb flock awk; do
    command -v "$program" >/dev/null || refuse "$program is not installed"
  done
  [ "$(dpkg --print-architecture)" = amd64 ] || refuse "the architecture is $(dpkg --print-architecture), and the table of packages is for amd64"
  grep -qsx 'ID="\?debian"\?' /etc/os-release || refuse 'this is not Debian (ID of /etc/os-release)'
  read -r mirror keyring < <("$here/debian-mirror.sh") || refuse 'no mirror of Debian in /etc/apt/sources.list or /etc/apt/sources.list.d'
  if [ "$keyring" = - ] && [ -r /usr/share/keyrings/debian-archive-keyring.gpg ]; then keyring=/usr/share/keyrings/debian-archive-keyring.gpg; fi
}
refuse() {
  say "not possible here: $1."
  say "it needs Debian on amd64 with apt. Without it, tests of Go programs are skipped, and memgap explain --target.pid PID works on any Go process."
  exit 3
}

# apt with a state of its own for each suite. The machine's apt.conf stays in force (proxy, credentials), but for what would touch
# the system: its hooks (Debian's container images empty /var/cache/apt after each update) and its lists. See apt.conf(5).
prepare_suite() {
  local suite=$1 state=$cache/apt/$1 options='arch=amd64 target=Packages lang=none'
  apt_conf=$state/apt.conf
  if [ "${prepared[$suite]:-}" ]; then return; fi
  mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
  : >"$state/status"
  [ "$keyring" = - ] || options="$options signed-by=$keyring"
  (umask 077 && printf 'deb [%s] %s %s main\n' "$options" "$mirror" "$suite" >"$state/sources.list") # a mirror's URI may hold credentials
  cat >"$apt_conf" <<CONF
Dir::State "$state";
Dir::State::Lists "$state/lists";
Dir::State::Status "$state/status";
Dir::Cache "$state/cache";
Dir::Cache::Archives "$state/cache/archives";
Dir::Log "$state";
Dir::Etc::SourceList "$state/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
APT::Architecture "amd64";
APT::Default-Release "";
APT::Sandbox::User "root"; // the cache may lie where the user _apt cannot go
APT::Update::Error-Mode "any";
Acquire::Retries "3";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
CONF
  say "reading the package list of $suite"
  if ! apt-get -c "$apt_conf" -qq update >"$state/log" 2>&1; then
    say "the package list of $suite could not be had:"
    sed 's#://[^/@ ]*@#://#g; s/^/  /' "$state/log" >&2
    say 'check the network and the apt sources of this machine (does "apt-get update" work?), then run it again; what was fetched before stays in the cache'
    exit 1
  fi
  prepared[$suite]=yes
}

# golang-1.*-go -> golang-1.27-go
newest() {
  case $1 in
  *\**) apt-cache -c "$apt_conf" pkgnames "${1%%\**}" | grep -x "${1%%\**}[0-9.]*${1#*\*}" | sort -V | tail -n 1 ;;
  *) printf '%s\n' "$1" ;;
  esac
}

fetch() {
  local name=$1 row suite version new pattern package packages=() proof
  row=$(row_of "$name")
  suite=$(column "$row" 2)
  version=$(column "$row" 3)
  prepare_suite "$suite"
  set -f
  for pattern in $(column "$row" 4); do
    package=$(newest "$pattern")
    [ "$package" ] || { say "$name: $suite has no package $pattern; change its row in the table of scripts/toolchain.sh"; exit 1; }
    packages+=("$package")
  done
  set +f

  new=$cache/debian/.new-$name
  rm -rf "$new"
  mkdir -p "$new/.deb"
  say "$name: fetching ${packages[*]:0:2}$([ ${#packages[@]} -le 2 ] || printf ' and %d more' $((${#packages[@]} - 2))) from $suite"
  if ! (cd "$new/.deb" && apt-get -c "$apt_conf" -qq download "${packages[@]}") >"$new/.log" 2>&1; then
    say "$name: fetching failed:"
    sed 's#://[^/@ ]*@#://#g; s/^/  /' "$new/.log" >&2
    exit 1
  fi
  row_of "$name" | trim >"$new/.stamp"
  for package in "${packages[@]}"; do
    dpkg-deb --show --showformat='${Package} ${Version}\n' "$new/.deb/${package}"_*.deb >>"$new/.stamp"
    dpkg -x "$new/.deb/${package}"_*.deb "$new"
  done
  rm -rf "$new/.deb" "$new/.log"
  # shellcheck disable=SC2254  # the version is a pattern
  case $(sed -n '2s/.* //p' "$new/.stamp") in
  $version) ;;
  *) say "$name: $suite has $(sed -n 2p "$new/.stamp"), wanted $version; change its row in the table of scripts/toolchain.sh"; exit 1 ;;
  esac
  finish "$new" "$name"
  prove "$name" "$new" "$(column "$row" 5)"
  rm -rf "${cache:?}/debian/$name"
  mv "$new" "$cache/debian/$name"
  say "$name: $(sed 1d "$cache/debian/$name/.stamp" | head -n 2 | tr '\n' ' ')($(du -sh "$cache/debian/$name" | cut -f 1))"
}

# What makes unpacked packages usable where they are.
finish() {
  local root=$1 goroot program
  for goroot in "$root"/usr/lib/go-1.*; do
    if [ -d "$goroot" ]; then ln -s "usr/lib/$(basename "$goroot")" "$root/goroot"; fi
  done
  if [ -x "$root/usr/bin/x86_64-linux-gnu-gcc-12" ]; then write_cc "$root"; fi
  if [ -x "$root/usr/bin/qemu-system-x86_64" ]; then write_qemu "$root"; fi
  if [ -e "$root/usr/lib/x86_64-linux-gnu/libjemalloc.so.2" ]; then write_jemalloc "$root"; fi
  if [ "$2" = crun ]; then write_wrapper "$root" crun usr/bin/crun; fi
  if [ -x "$root/usr/bin/podman" ]; then
    write_wrapper "$root" podman usr/bin/podman
    write_wrapper "$root" conmon usr/bin/conmon # podman clears its environment, and it starts podman again when a container ends
    for program in iptables ip6tables; do write_wrapper "$root" "$program" usr/sbin/xtables-nft-multi "$program"; done
  fi
  if [ -x "$root/usr/bin/prometheus-alertmanager" ]; then
    # Debian's does not start without the templates of /usr/share, a path built in: one of the same length leads to where it is started.
    LC_ALL=C sed -i 's#/usr/share/prometheus/alertmanager#/proc/self/cwd/./././././././././.#g' "$root/usr/bin/prometheus-alertmanager"
  fi
  rm -rf "$root/usr/share/javascript/moment-timezone/data" # 212 MiB of what its built files already hold
}

# gcc finds its own parts relative to where it lies; headers, libc and the linker's script come from the same folder by --sysroot.
# Its libraries are named by LD_LIBRARY_PATH, except libc itself, which must be the one of the machine's own dynamic loader.
write_cc() {
  local program
  mkdir -p "$1/bin"
  ln -s ../../../lib/x86_64-linux-gnu/libz.so.1 "$1/usr/lib/x86_64-linux-gnu/libz.so.1"
  for program in as ld; do ln -s "../usr/bin/x86_64-linux-gnu-$program" "$1/bin/$program"; done
  cat >"$1/bin/cc" <<'CC'
#!/bin/sh
root=$(cd "$(dirname "$0")/.." && pwd)
LD_LIBRARY_PATH=$root/usr/lib/x86_64-linux-gnu exec "$root/usr/bin/x86_64-linux-gnu-gcc-12" \
  --sysroot="$root" -B"$root/bin" "$@"
CC
  chmod +x "$1/bin/cc"
}

# qemu with its libraries, and its firmware, which it looks for in /usr/share.
write_qemu() {
  mkdir -p "$1/bin"
  cat >"$1/bin/qemu-system-x86_64" <<'QEMU'
#!/bin/sh
root=$(cd "$(dirname "$0")/.." && pwd)
LD_LIBRARY_PATH=$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu exec "$root/usr/bin/qemu-system-x86_64" \
  -L "$root/usr/share/seabios" -L "$root/usr/share/qemu" "$@"
QEMU
  chmod +x "$1/bin/qemu-system-x86_64"
}

# Runs a program with jemalloc in the place of libc's malloc.
write_jemalloc() {
  mkdir -p "$1/bin"
  cat >"$1/bin/jemalloc" <<'SH'
#!/bin/sh
LD_PRELOAD=$(cd "$(dirname "$0")/.." && pwd)/usr/lib/x86_64-linux-gnu/libjemalloc.so.2 exec "$@"
SH
  chmod +x "$1/bin/jemalloc"
}

# bin/NAME, which starts PROGRAM with the libraries that lie beside it.
write_wrapper() {
  mkdir -p "$1/bin"
  cat >"$1/bin/$2" <<WRAPPER
#!/bin/sh
root=\$(cd "\$(dirname "\$0")/.." && pwd)
export LD_LIBRARY_PATH="\$root/usr/lib/x86_64-linux-gnu:\$root/lib/x86_64-linux-gnu" XTABLES_LIBDIR="\$root/usr/lib/x86_64-linux-gnu/xtables"
exec "\$root/$3"${4:+ $4} "\$@"
WRAPPER
  chmod +x "$1/bin/$2"
}

prove() {
  local name=$1 root=$2 line lines
  IFS=';' read -ra lines <<<"$3"
  for line in "${lines[@]}"; do
    # shellcheck disable=SC2086  # the words of the line are the command
    if ! (cd "$root" && GOTOOLCHAIN=local HOME=$root ./$(printf '%s' "$line" | trim)) >"$root/.log" 2>&1; then
      say "$name: \"$line\" does not run:"
      sed 's/^/  /' "$root/.log" >&2
      say "$name: a shared library that is missing must be added to its packages in the table of scripts/toolchain.sh"
      exit 1
    fi
    rm -f "$root/.log"
  done
}

[ $# -gt 0 ] || { say "usage: toolchain.sh NAME... (names: $(names))"; exit 2; }
if [ "$1" = list ]; then printf '%s\n' "$(names)"; exit 0; fi

wanted=()
for name; do
  [ "$(row_of "$name")" ] || { say "unknown name: $name (names: $(names))"; exit 2; }
  if is_cached "$name"; then say_cached "$name"; else wanted+=("$name"); fi
done
[ ${#wanted[@]} -gt 0 ] || exit 0

require_debian
mkdir -p "$cache/debian"
exec 9>"$cache/.lock"
flock -w 900 9 || { say "another toolchain.sh holds $cache/.lock for more than 15 minutes"; exit 1; }
declare -A prepared=()
for name in "${wanted[@]}"; do
  if is_cached "$name"; then say_cached "$name"; else fetch "$name"; fi # another run may have fetched it while this one waited
done
