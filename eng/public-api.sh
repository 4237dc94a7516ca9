#!/usr/bin/env bash
# Brings src/*/PublicAPI.Unshipped.txt up to date with the code and prints what changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

before=$(mktemp -d)
trap 'rm -rf "$before"' EXIT

for project in src/*/*.csproj; do
  api=$(dirname "$project")/PublicAPI.Unshipped.txt
  cp "$api" "$before/old.txt"
  echo '#nullable enable' >"$api" # written anew, so that what is gone goes
  OrchestratorPublicApiStrict=true dotnet format analyzers "$project" --diagnostics RS0016 RS0017
  diff -u --label "$api" --label "$api" "$before/old.txt" "$api" || true
done
