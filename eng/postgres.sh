#!/usr/bin/env bash
# A PostgreSQL cluster of one's own, on loopback, as an unprivileged user; for eng/storage.sh, and for tests that stop, kill and starve their server:
#   eng/postgres.sh create FOLDER [OPTION…]   creates the cluster in FOLDER/data, with options of initdb
#   eng/postgres.sh run FOLDER [SETTING…]     becomes its server, with settings such as port=5499; what the server says is added to FOLDER/log
#   eng/postgres.sh limit FOLDER BYTES PID    lets no file of a process of its server grow beyond so many bytes, or again without a limit: unlimited
# ORCHESTRATOR_TEST_POSTGRES_BIN names the folder of the server's programs.
set -euo pipefail

# The server refuses to run as root.
if [[ $EUID -eq 0 ]]; then
  readonly unprivileged=(setpriv --reuid=postgres --regid=postgres --clear-groups)
else
  readonly unprivileged=()
fi

create_cluster() {
  [[ $EUID -ne 0 ]] || chown postgres "$1"
  (cd "$1" && "${unprivileged[@]}" "$ORCHESTRATOR_TEST_POSTGRES_BIN/initdb" \
    --pgdata=data --username=orchestrator --auth=trust --encoding=UTF8 --locale=C.UTF-8 "${@:2}" >/dev/null)
}

run_cluster() {
  cd "$1"
  shift
  exec "${unprivileged[@]}" "$ORCHESTRATOR_TEST_POSTGRES_BIN/postgres" -D data \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories= "${@/#/--}" >>log 2>&1
}

limit_process() {
  "${unprivileged[@]}" prlimit --fsize="$1": --pid "$2"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  case ${1-} in
    create) create_cluster "${@:2}" ;;
    run) run_cluster "${@:2}" ;;
    limit) limit_process "$3" "$4" ;;
    *) sed -n '2,6p' "$0" >&2; exit 2 ;;
  esac
fi
