#!/usr/bin/env bash
# Redis servers of one's own, on loopback; for eng/storage.sh, and for tests that stop and kill their server:
#   eng/redis.sh run FOLDER PORT [SETTING…]        becomes a server that keeps its files in FOLDER, with settings such as --appendfsync always;
#                                                  what it says is added to FOLDER/log
#   eng/redis.sh cluster PORT PORT PORT REPLICA…   makes a cluster of servers that run: three masters, and the rest as their replicas
# ORCHESTRATOR_TEST_REDIS_BIN names the folder of the server's programs.
set -euo pipefail

run_server() {
  cd "$1"
  exec "$ORCHESTRATOR_TEST_REDIS_BIN/redis-server" --bind 127.0.0.1 --port "$2" --dir "$1" --logfile log --daemonize no --save '' \
    --appendonly yes --enable-debug-command local "${@:3}"
}

# The servers must answer before they can be joined, and know each other before they are of use.
make_cluster() {
  local cli=$ORCHESTRATOR_TEST_REDIS_BIN/redis-cli port servers=("${@/#/127.0.0.1:}")
  for port in "$@"; do
    wait_for "$cli" -p "$port" ping
  done
  "$cli" --cluster create "${servers[@]}" --cluster-replicas "$((($# - 3) / 3))" --cluster-yes >/dev/null
  for port in "$@"; do
    wait_for is_whole "$cli" "$port" "$#"
  done
}

is_whole() {
  local info
  info=$("$1" -p "$2" cluster info) && [[ $info == *cluster_state:ok* && $info == *cluster_known_nodes:$3* ]] || return 1
  [[ $("$1" -p "$2" role | head -n 1) == master || $("$1" -p "$2" info replication) == *master_link_status:up* ]]
}

wait_for() {
  local tries
  for ((tries = 0; tries < 300; tries++)); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.1
  done
  echo "never came true: $*" >&2
  return 1
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  case ${1-} in
    run) run_server "${@:2}" ;;
    cluster) make_cluster "${@:2}" ;;
    *) sed -n '2,6p' "$0" >&2; exit 2 ;;
  esac
fi
