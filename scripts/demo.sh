#!/bin/sh
# What `make demo` does: sees that all is there, then hands over to demo.ts. DEMO_SECONDS=20 ends it by itself.
cd "$(dirname "$0")/.." || exit 1

if ! node -e 'const [a, b, c] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && (b > 18 || (b === 18 && c >= 1))) ? 0 : 1)' 2>/dev/null; then
  echo 'demo: Node.js 20.18.1 or newer is needed, with npm: Debian 12 has an older one, https://nodejs.org/en/download has them all' >&2
  exit 1
fi
if ! command -v npm >/dev/null; then
  echo 'demo: npm is needed (on Debian it is a package of its own): it fetches what memgap is built with into node_modules' >&2
  exit 1
fi
make --no-print-directory build || exit 1

scripts/toolchain.sh prometheus
case $? in
  0) ;;
  3)
    cat >&2 <<'TEXT'
demo: this machine cannot have Debian's Prometheus (the reason stands above). memgap itself runs here. Point it at any Go process of yours:
  bin/memgap explain --target.pid PID
  bin/memgap explain --target.pid PID --target.pprof http://127.0.0.1:6060/debug/pprof
TEXT
    exit 3
    ;;
  *) exit 1 ;;
esac

exec node --import tsx scripts/demo.ts
