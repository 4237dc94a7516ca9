#!/usr/bin/env bash
# Runs a command with the servers that the storage tests need: eng/storage.sh COMMAND [ARGUMENT...]
# Servers that are named are used as they are: ORCHESTRATOR_TEST_POSTGRES (an Npgsql connection string), ORCHESTRATOR_TEST_REDIS and
# ORCHESTRATOR_TEST_REDIS_CLUSTER (configurations of StackExchange.Redis). Otherwise throw-away ones are started on loopback, with data folders and ports
# of their own: PostgreSQL as an unprivileged user, a Redis node, and a Redis cluster of three masters and three replicas. They are stopped and deleted
# when the command ends. What is missing is installed where this is root on Debian.
# ORCHESTRATOR_TEST_SERVERS names which are needed (default: postgres redis).
# ORCHESTRATOR_TEST_POSTGRES_SETTINGS and ORCHESTRATOR_TEST_REDIS_SETTINGS are further settings, such as '-c fsync=off' and '--appendfsync always'.
# ORCHESTRATOR_TEST_POSTGRES_BIN and ORCHESTRATOR_TEST_REDIS_BIN name the folders of the programs, for tests that start servers of their own.
set -euo pipefail
eng=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly eng version=15
source "$eng/postgres.sh"
source "$eng/redis.sh"

work=
servers=() # the Redis servers that were started, by process

has_postgres() {
  [[ -x ${ORCHESTRATOR_TEST_POSTGRES_BIN:=/usr/lib/postgresql/$version/bin}/postgres ]] && return
  ORCHESTRATOR_TEST_POSTGRES_BIN=$(pg_config --bindir 2>/dev/null) && [[ -x $ORCHESTRATOR_TEST_POSTGRES_BIN/postgres ]]
}

# The server, redis-server, is one program with redis-check-rdb: which it is, its name says.
has_redis() {
  local program
  [[ -n ${ORCHESTRATOR_TEST_REDIS_BIN:-} ]] && return
  program=$(command -v redis-server || command -v redis-check-rdb) && command -v redis-cli >/dev/null || return
  ORCHESTRATOR_TEST_REDIS_BIN=$work/redis-bin
  mkdir "$ORCHESTRATOR_TEST_REDIS_BIN"
  ln -s "$program" "$ORCHESTRATOR_TEST_REDIS_BIN/redis-server"
  ln -s "$(command -v redis-cli)" "$ORCHESTRATOR_TEST_REDIS_BIN/redis-cli"
}

# install NAME PACKAGE VARIABLE
install() {
  if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
    echo "$1 is missing: install it, or name a server in $3" >&2
    exit 1
  fi
  {
    apt-get update
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends -o Dpkg::Options::=--force-confold "$2"
  } >&2
}

install_postgres() {
  # The package would start a cluster of its own.
  if [[ $EUID -eq 0 ]]; then
    mkdir -p /etc/postgresql-common
    [[ -e /etc/postgresql-common/createcluster.conf ]] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
  fi
  install "PostgreSQL $version" "postgresql-$version" ORCHESTRATOR_TEST_POSTGRES
}

install_redis() {
  # The package redis-server would start a server of its own.
  install "Redis 7" redis-tools ORCHESTRATOR_TEST_REDIS
}

# Below 20,000, so that the port of a cluster's own traffic, 10,000 higher, is nobody's either.
free_port() {
  local port
  while port=$((10000 + RANDOM % 10000)) && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}

start_postgres() {
  local bin=$ORCHESTRATOR_TEST_POSTGRES_BIN port
  port=$(free_port)
  mkdir "$work/postgres"
  create_cluster "$work/postgres"
  cd "$work/postgres"
  "${unprivileged[@]}" "$bin/pg_ctl" --pgdata=data --log=log --wait start \
    --options="-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories= -c max_connections=200 ${ORCHESTRATOR_TEST_POSTGRES_SETTINGS:-}" >/dev/null || {
    cat log >&2
    exit 1
  }
  cd "$OLDPWD"
  export ORCHESTRATOR_TEST_POSTGRES="Host=127.0.0.1;Port=$port;Username=orchestrator;Database=postgres"
}

# start_redis [SETTING…]: sets port
start_redis() {
  port=$(free_port)
  mkdir "$work/redis-$port"
  # shellcheck disable=SC2086 # settings are words
  "$eng/redis.sh" run "$work/redis-$port" "$port" ${ORCHESTRATOR_TEST_REDIS_SETTINGS:-} "$@" </dev/null >/dev/null &
  servers+=($!)
  wait_for "$ORCHESTRATOR_TEST_REDIS_BIN/redis-cli" -p "$port" ping
}

start_redis_cluster() {
  local port ports=()
  while ((${#ports[@]} < 6)); do
    start_redis --cluster-enabled yes --cluster-node-timeout 2000
    ports+=("$port")
  done
  make_cluster "${ports[@]}"
  export ORCHESTRATOR_TEST_REDIS_CLUSTER="127.0.0.1:${ports[0]},127.0.0.1:${ports[1]},127.0.0.1:${ports[2]}"
}

stop() {
  if [[ -d $work/postgres/data ]]; then
    (cd "$work/postgres" && "${unprivileged[@]}" "$ORCHESTRATOR_TEST_POSTGRES_BIN/pg_ctl" --pgdata=data --mode=immediate stop >/dev/null) || true
  fi
  if ((${#servers[@]} > 0)); then
    kill -KILL "${servers[@]}" 2>/dev/null || true
    wait "${servers[@]}" 2>/dev/null || true
  fi
  [[ -z $work ]] || rm -rf "$work"
}

trap stop EXIT
trap 'exit 130' INT TERM

work=$(mktemp -d "${TMPDIR:-/tmp}/orchestrator-storage.XXXXXX")
chmod 711 "$work"
for needed in ${ORCHESTRATOR_TEST_SERVERS:-postgres redis}; do
  case $needed in
    postgres)
      has_postgres || { install_postgres && has_postgres; }
      export ORCHESTRATOR_TEST_POSTGRES_BIN
      [[ -n ${ORCHESTRATOR_TEST_POSTGRES:-} ]] || start_postgres
      ;;
    redis)
      has_redis || { install_redis && has_redis; }
      export ORCHESTRATOR_TEST_REDIS_BIN
      if [[ -z ${ORCHESTRATOR_TEST_REDIS:-} ]]; then
        start_redis
        export ORCHESTRATOR_TEST_REDIS="127.0.0.1:$port"
      fi
      [[ -n ${ORCHESTRATOR_TEST_REDIS_CLUSTER:-} ]] || start_redis_cluster
      ;;
    *)
      echo "ORCHESTRATOR_TEST_SERVERS names '$needed'; it must be of postgres and redis" >&2
      exit 2
      ;;
  esac
done
"$@"
