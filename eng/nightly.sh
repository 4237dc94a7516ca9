#!/usr/bin/env bash
# What takes too long for every run of the tests: eng/nightly.sh. The projects must be built in Release.
# Each step is the same code as its short form in eng/test.sh, with longer times.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Outages of 90 s of both servers: refused, hung and read-only, with the time-outs that a host has by default.
for store in Postgres Redis; do
  ORCHESTRATOR_TEST_OUTAGE_SECONDS=90 ORCHESTRATOR_TEST_SERVERS=${store,,} eng/storage.sh \
    dotnet "artifacts/bin/Orchestrator.Storage.$store.Tests/release/Orchestrator.Storage.$store.Tests.dll" -noLogo -class '*LogBudgetTests'
done

# A rolling restart of two hosts behind the proxies of docs/operations.md.
eng/proxies.sh
