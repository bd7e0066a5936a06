#!/bin/bash
# yb-admin of the emulator. A shell script, because every operation starts it many times, and starting Node costs more than the answer.
# It sends its arguments to the master's private port (web/master-rpc.ts) and prints what comes back.
LC_ALL=C # lengths are bytes

fail() { # text
  if [ "$EMULATOR_ERRORS_NAME_OPERATION" = yes ]; then printf 'Error running %s: %s\n' "$operation" "$1" >&2; else printf 'Error: %s\n' "$1" >&2; fi
  exit 1
}

# gflags: `-flag v`, `--flag v`, `-flag=v`, `--flag=v`, before or after the operation.
masters=localhost:7100 timeout_ms=60000 exclude_dead=false
args=()
while [ $# -gt 0 ]; do
  flag=${1%%=*}
  case ${flag#-} in
    -*) flag=${flag#--} ;;
    *) flag=${flag#-} ;;
  esac
  case $1 in
    -*[!-]*) ;;
    *) flag= ;;
  esac
  case $flag in
    master_addresses | init_master_addrs | timeout_ms | certs_dir_name | client_node_name | flagfile)
      case $1 in
        *=*) value=${1#*=} ;;
        *)
          value=${2-}
          [ $# -gt 1 ] && shift
          ;;
      esac
      case $flag in
        init_master_addrs) init_masters=$value ;;
        master_addresses) masters=$value ;;
        timeout_ms) timeout_ms=$value ;;
      esac
      ;;
    exclude_dead) case $1 in *=*) exclude_dead=${1#*=} ;; *) exclude_dead=true ;; esac ;;
    wait_if_no_leader_master) ;;
    version)
      printf '%s\n' "$EMULATOR_VERSION"
      exit 0
      ;;
    *) args+=("$1") ;;
  esac
  shift
done
masters=${init_masters-$masters}

operation=${args[0]-}
if [ -z "$operation" ]; then
  echo 'yb-admin (YugabyteDB emulator): [-master_addresses server1:port,...] [-timeout_ms <millisec>] [-certs_dir_name <dir_name>] <operation>'
  exit 1
fi

import= file_bytes=0
case $operation in
  import_snapshot | import_snapshot_selective)
    import=${args[1]-}
    if [ -n "$import" ]; then
      if ! { exec 4<"$import"; } 2>/dev/null; then
        why='Permission denied (system error 13)'
        [ -e "$import" ] || why='No such file or directory (system error 2)'
        fail "Not found (yb/util/env_posix.cc:300): Unable to import snapshot meta file $import: $import: $why"
      fi
      file_bytes=$(($(wc -c <"$import")))
    fi
    ;;
esac

args_bytes=0
for arg in "${args[@]}"; do args_bytes=$((args_bytes + ${#arg} + 1)); done

send() { # master
  printf 'POST / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nTime-Zone: %s\r\nTimeout-Ms: %s\r\nExclude-Dead: %s\r\nArguments-Length: %s\r\nContent-Length: %s\r\n\r\n' \
    "$1" "${TZ-}" "$timeout_ms" "$exclude_dead" "$args_bytes" $((args_bytes + file_bytes))
  printf '%s\0' "${args[@]}"
  [ -z "$import" ] || cat <&4
}

# Prints the reply and exits. The master itself answers when the time is over; one that answers nothing at all is dead.
receive() {
  local exit_code='' line errors text
  while IFS= read -r -t $((timeout_ms / 1000 + 10)) -u 3 line; do
    line=${line%$'\r'}
    [ -n "$line" ] || break
    case $line in Exit-Code:*) exit_code=${line#*: } ;; esac
  done
  [ -n "$exit_code" ] || fail 'Network error (yb/util/net/socket.cc:540): recvmsg got EOF from remote (system error 108)'
  IFS= read -r -d '' -u 3 errors
  if [ "$operation" = export_snapshot ] && [ "$exit_code" = 0 ]; then
    IFS= read -r -d '' -u 3 text
    { cat <&3 >"${args[2]}"; } 2>/dev/null || fail "IO error (yb/util/env_posix.cc:300): ${args[2]}: it can't be written"
    printf '%s' "$text"
  else
    cat <&3
  fi
  printf '%s' "$errors" >&2
  exit "$exit_code"
}

# One master after the other. One that took the call and then failed is not asked again: it may have acted.
trap '' PIPE
IFS=, read -r -a addresses <<<"$masters"
for address in "${addresses[@]}"; do
  address=${address// /}
  if { exec 3<>"/dev/tcp/${address%:*}/${address##*:}"; } 2>/dev/null; then
    send "$address" 2>/dev/null >&3
    receive
  fi
done

status="Timed out (yb/rpc/rpc.cc:211): Could not locate the leader master: GetLeaderMasterRpc(addrs: [$masters], num_attempts: 290) passed its deadline"
start="Unable to establish connection to leader master at [$masters]. Please verify the addresses"
if [ "$EMULATOR_ERRORS_NAME_OPERATION" = no ]; then
  printf '%s.\n\n: %s\n' "$start" "$status" >&2
else
  printf "%s and check if server is up, or if you're missing --certs_dir_name.\n\n%s\n" "$start" "$status" >&2
fi
exit 1
