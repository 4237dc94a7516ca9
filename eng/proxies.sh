#!/usr/bin/env bash
# Tries the recipes of docs/operations.md, "Behind a proxy": eng/proxies.sh [nginx|yarp]... (default: both)
# Two sample servers on one throw-away PostgreSQL, the proxy with the configuration that the document shows, workers in Python and .NET, long polls and a
# follower of /events. Each server is restarted with SIGTERM under this load. Fails when a run does not complete in its first attempt, becomes stale, or
# a long poll times out. Takes about two minutes for each proxy; needs a build in Release, Python 3.11 and, for nginx, nginx, which is installed where this
# is root on Debian.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [[ -z ${ORCHESTRATOR_TEST_POSTGRES:-} ]]; then
  ORCHESTRATOR_TEST_SERVERS=postgres exec eng/storage.sh eng/proxies.sh "$@"
fi

readonly settle=5 # seconds between a healthy host A and the end of host B, as the document says
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=false
work=$(mktemp -d "${TMPDIR:-/tmp}/orchestrator-proxies.XXXXXX")
chmod 755 "$work" # the processes of nginx are another user's
declare -A ports=() processes=()

# Below 20,000 and free at this moment.
free_port() {
  local port
  while port=$((10000 + RANDOM % 10000)) && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}

# recipe LANGUAGE HEADING: the one block of this language below "### HEADING", with the addresses of this machine.
recipe() {
  awk -v language="\`\`\`$1" -v heading="### $2" '
    /^### / { inside = $0 == heading }
    $0 == "```" { copying = 0 }
    copying { print }
    inside && $0 == language { copying = 1 }' docs/operations.md |
    sed -e "s/10\.0\.0\.11:8080/127.0.0.1:${ports[a]}/" -e "s/10\.0\.0\.12:8080/127.0.0.1:${ports[b]}/" -e "s/listen 80;/listen 127.0.0.1:${ports[proxy]};/"
}

# wait_for ADDRESS: until it answers 200.
wait_for() {
  python3 - "$1" <<'PYTHON'
import sys, time, urllib.request
for _ in range(300):
    try:
        urllib.request.urlopen(sys.argv[1], timeout=2)
        break
    except OSError:
        time.sleep(0.1)
else:
    sys.exit(sys.argv[1] + " never answered 200")
PYTHON
}

start_host() {
  dotnet artifacts/bin/Orchestrator.Samples.Server/release/Orchestrator.Samples.Server.dll --urls "http://127.0.0.1:${ports[$1]}" \
    --Orchestrator:Storage:Provider=Postgres --Orchestrator:Storage:Schema="$schema" --ConnectionStrings:Postgres="$ORCHESTRATOR_TEST_POSTGRES" \
    --Orchestrator:Limits:MaxWait="$max_wait" >>"$work/host-$1.log" 2>&1 &
  processes[$1]=$!
  wait_for "http://127.0.0.1:${ports[$1]}/healthz"
}

end_process() {
  [[ -n ${processes[$1]:-} ]] || return 0
  kill -TERM "${processes[$1]}" 2>/dev/null || true
  wait "${processes[$1]}" 2>/dev/null || true
  unset "processes[$1]"
}

start_nginx() {
  if ! command -v nginx >/dev/null && [[ $EUID -eq 0 ]] && command -v apt-get >/dev/null; then
    { # The package would start a server of its own.
      apt-get update
      DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install --yes --no-install-recommends nginx-light
    } >&2
  fi
  recipe nginx nginx >"$work/orchestrator.conf"
  mkdir -p "$work/nginx"
  cat >"$work/nginx.conf" <<CONF
daemon off;
pid $work/nginx/pid;
error_log $work/nginx.log warn;
events {}
http {
  access_log $work/nginx-access.log;
  client_body_temp_path $work/nginx/body;
  proxy_temp_path $work/nginx/proxy;
  fastcgi_temp_path $work/nginx/fastcgi;
  uwsgi_temp_path $work/nginx/uwsgi;
  scgi_temp_path $work/nginx/scgi;
  include $work/orchestrator.conf;
}
CONF
  nginx -t -q -c "$work/nginx.conf"
  nginx -c "$work/nginx.conf" &
  processes[proxy]=$!
}

# The recipe as a project of its own.
start_yarp() {
  local version
  version=$(sed -n 's/.*"Yarp.ReverseProxy" Version="\([^"]*\)".*/\1/p' Directory.Packages.props)
  mkdir -p "$work/yarp"
  recipe csharp YARP >"$work/yarp/Program.cs"
  recipe json YARP >"$work/yarp/appsettings.json"
  cat >"$work/yarp/Yarp.csproj" <<PROJECT
<Project Sdk="Microsoft.NET.Sdk.Web">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="Yarp.ReverseProxy" Version="$version" /></ItemGroup>
</Project>
PROJECT
  dotnet build "$work/yarp" --configuration Release --output "$work/yarp/out" --nologo --verbosity quiet >&2
  (cd "$work/yarp" && exec env Logging__LogLevel__Microsoft.AspNetCore.Hosting.Diagnostics=Information \
    dotnet out/Yarp.dll --urls "http://127.0.0.1:${ports[proxy]}" >"$work/yarp.log" 2>&1) &
  processes[proxy]=$!
}

# Calls that the proxy answered with each 5xx.
count_faults() {
  if [[ $1 == nginx ]]; then
    awk '$9 ~ /^5/ { print $6, $7, $9 }' "$work/nginx-access.log"
  else
    sed -n 's/.*Request finished HTTP[^ ]* \([A-Z]*\) http:..[^/]*\([^ ]*\) - \(5[0-9]*\) .*/\1 \2 \3/p' "$work/yarp.log"
  fi | sed -e 's/"//' -e 's/?[^ ]*//' -e 's#/runs/[a-z]*-[0-9]*#/runs/{id}#' | sort | uniq -c
}

try() {
  local proxy=$1 status=0 worker name
  ports=([a]=$(free_port) [b]=$(free_port) [proxy]=$(free_port))
  schema=proxies_$proxy
  max_wait=00:01:00
  [[ $proxy != nginx ]] || max_wait=00:00:50
  start_host a
  start_host b
  "start_$proxy"
  local address=http://127.0.0.1:${ports[proxy]}/api/v1
  python3 eng/proxies.py wait "$address"
  python3 eng/proxies.py create "$address" 6
  for worker in 1 2 3 4; do
    python3 samples/python/train.py --url "$address" --worker-id "python-$worker" --checkpoints "$work/$proxy-python" --steps 6000 --pace 0.01 \
      >>"$work/$proxy-workers.log" 2>&1 &
    processes[python-$worker]=$!
  done
  for worker in 1 2; do
    dotnet artifacts/bin/Orchestrator.Samples.Trainer/release/Orchestrator.Samples.Trainer.dll --server "$address" --worker "dotnet-$worker" \
      --checkpoints "$work/$proxy-dotnet" --pace 00:00:00.030 --interval 00:00:05 >>"$work/$proxy-workers.log" 2>&1 &
    processes[dotnet-$worker]=$!
  done
  python3 eng/proxies.py watch "$address" >"$work/$proxy-watch.log" 2>&1 &
  processes[watch]=$!

  for name in a b; do
    sleep "$((settle * 2))"
    echo "$proxy: host $name restarts"
    end_process "$name"
    start_host "$name"
    sleep "$settle"
  done

  wait "${processes[watch]}" || status=$?
  unset "processes[watch]"
  echo "$proxy: answers of the proxy that were 5xx, all callers:"
  count_faults "$proxy"
  cat "$work/$proxy-watch.log"
  for name in "${!processes[@]}"; do
    end_process "$name"
  done
  return "$status"
}

finish() {
  local status=$? name
  for name in "${!processes[@]}"; do
    end_process "$name"
  done
  if ((status == 0)); then
    rm -rf "$work"
  else
    echo "the logs are in $work" >&2
  fi
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

(($# > 0)) || set -- nginx yarp
for proxy in "$@"; do
  try "$proxy"
done
