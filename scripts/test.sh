#!/bin/sh
# Runs the tests: scripts/test/main.ts says how, and which.
cd "$(dirname "$0")/.." && exec node --import tsx scripts/test/main.ts "$@"
