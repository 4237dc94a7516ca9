#!/usr/bin/env bash
# Builds the solution and its packages, checks the formatting and runs every test project in tests/.
# Needs the .NET SDK only; the servers of the storage tests are started, and installed where that is possible, by storage.sh, and python3, which the
# tests of the Python sample need, is installed where it is missing and this is root on Debian. The last line is always `total: N passed, N failed, N skipped`;
# the exit code is 0 only when the build, the packages and the formatting are clean and every test project ran and passed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=true
# No compiler or build server outlives the script.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=false UseRazorBuildServer=false

readonly limit=20m # a test project that takes longer is stopped and counts as failed
readonly reports=artifacts/test-reports
passed=0 failed=0 skipped=0

# Also when the build fails or the script is interrupted, the total is the last thing that is said.
finish() {
  local status=$?
  echo "total: $passed passed, $failed failed, $skipped skipped"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

# count REPORT NAME: the number behind NAME in the report's one <assembly> element.
count() {
  grep -m 1 -o '<assembly [^>]*>' "$1" | grep -o " $2=\"[0-9]*\"" | tr -cd '0-9'
}

run_limited() {
  if command -v timeout >/dev/null; then
    timeout --kill-after=10s "$limit" "$@"
  else
    "$@"
  fi
}

run_tests() {
  local name=$1 report=$PWD/$reports/$1.xml status=0 needed servers=()
  echo "== $name"
  if needed=$(grep -o '<StorageServers>[^<]*' "tests/$name/$name.csproj"); then
    # What must survive the end of a server is tested on servers of their own.
    servers=(env ORCHESTRATOR_TEST_SERVERS="${needed#*>}" ORCHESTRATOR_TEST_POSTGRES_SETTINGS='-c fsync=off -c synchronous_commit=off'
      ORCHESTRATOR_TEST_REDIS_SETTINGS='--appendfsync no' eng/storage.sh)
  fi
  # A test that runs for more than a minute is named, so that one that hangs can be found.
  run_limited "${servers[@]}" dotnet "artifacts/bin/$name/release/$name.dll" \
    -noLogo -noColor -noAutoReporters -longRunning 60 -xml "$report" 2>&1 || status=$?

  if [[ ! -s $report ]]; then
    echo "$name: ended with exit code $status and without a report (124: stopped after $limit)"
    failed=$((failed + 1))
    return
  fi

  local total bad
  total=$(count "$report" total)
  bad=$(($(count "$report" failed) + $(count "$report" errors)))
  passed=$((passed + $(count "$report" passed)))
  skipped=$((skipped + $(count "$report" skipped)))
  if ((total == 0)); then
    echo "$name: ran no test"
    bad=$((bad + 1))
  elif ((status != 0 && bad == 0)); then
    echo "$name: ended with exit code $status although no test failed"
    bad=1
  fi
  failed=$((failed + bad))
}

# Without Python the tests of its sample fail, and say so.
ensure_python() {
  if ! command -v python3 >/dev/null && [[ $EUID -eq 0 ]] && command -v apt-get >/dev/null; then
    echo "== python3"
    {
      apt-get update
      DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends python3
    } >&2 || true
  fi
}

rm -rf "$reports"
mkdir -p "$reports"

echo "== restore"
dotnet restore Orchestrator.sln --verbosity quiet
echo "== build"
dotnet build Orchestrator.sln --configuration Release --no-restore --nologo --verbosity quiet
echo "== pack"
dotnet pack Orchestrator.sln --configuration Release --no-build --nologo --verbosity quiet
echo "== format"
formatted=true
dotnet format Orchestrator.sln --verify-no-changes --no-restore || formatted=false

ensure_python
for project in tests/*.Tests/*.csproj; do
  name=$(basename "$project" .csproj)
  if grep -qF "$name.csproj" Orchestrator.sln; then
    run_tests "$name"
  else
    echo "$name: is not in Orchestrator.sln"
    failed=$((failed + 1))
  fi
done

if [[ $formatted == false ]]; then
  echo "not formatted: run 'dotnet format Orchestrator.sln'"
fi
[[ $formatted == true && $failed -eq 0 ]]
