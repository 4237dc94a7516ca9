#!/usr/bin/env bash
# Runs a command with the servers that the storage tests need: eng/storage.sh COMMAND [ARGUMENT...]
# A server that ORCHESTRATOR_TEST_POSTGRES names (an Npgsql connection string) is used as it is. Otherwise a throw-away PostgreSQL cluster is started on
# loopback, with a data folder and a port of its own, as an unprivileged user, and stopped and deleted when the command ends. Where PostgreSQL is missing
# and this is root on Debian, its package is installed.
# ORCHESTRATOR_TEST_POSTGRES_SETTINGS are further settings of that cluster, such as '-c fsync=off'.
# ORCHESTRATOR_TEST_POSTGRES_BIN names the folder of the server's programs, for tests that start clusters of their own.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/postgres.sh"

readonly version=15
cluster=

has_postgres() {
  [[ -x ${ORCHESTRATOR_TEST_POSTGRES_BIN:=/usr/lib/postgresql/$version/bin}/postgres ]] && return
  ORCHESTRATOR_TEST_POSTGRES_BIN=$(pg_config --bindir 2>/dev/null) && [[ -x $ORCHESTRATOR_TEST_POSTGRES_BIN/postgres ]]
}

install_postgres() {
  if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
    echo "PostgreSQL $version is missing: install it, or name a server in ORCHESTRATOR_TEST_POSTGRES" >&2
    exit 1
  fi
  # The package would start a cluster of its own.
  mkdir -p /etc/postgresql-common
  [[ -e /etc/postgresql-common/createcluster.conf ]] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
  {
    apt-get update
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends -o Dpkg::Options::=--force-confold "postgresql-$version"
  } >&2
}

free_port() {
  local port
  while port=$((20000 + RANDOM % 20000)) && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}

start_postgres() {
  local bin=$ORCHESTRATOR_TEST_POSTGRES_BIN port
  port=$(free_port)
  cluster=$(mktemp -d "${TMPDIR:-/tmp}/orchestrator-postgres.XXXXXX")
  create_cluster "$cluster"
  cd "$cluster"
  "${unprivileged[@]}" "$bin/pg_ctl" --pgdata=data --log=log --wait start \
    --options="-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories= -c max_connections=200 ${ORCHESTRATOR_TEST_POSTGRES_SETTINGS:-}" >/dev/null || {
    cat log >&2
    exit 1
  }
  cd "$OLDPWD"
  export ORCHESTRATOR_TEST_POSTGRES="Host=127.0.0.1;Port=$port;Username=orchestrator;Database=postgres"
}

stop_postgres() {
  if [[ -n $cluster ]]; then
    (cd "$cluster" && "${unprivileged[@]}" "$ORCHESTRATOR_TEST_POSTGRES_BIN/pg_ctl" --pgdata=data --mode=immediate stop >/dev/null) || true
    rm -rf "$cluster"
  fi
}

trap stop_postgres EXIT
trap 'exit 130' INT TERM

has_postgres || { install_postgres && has_postgres; }
export ORCHESTRATOR_TEST_POSTGRES_BIN
[[ -n ${ORCHESTRATOR_TEST_POSTGRES:-} ]] || start_postgres
"$@"
