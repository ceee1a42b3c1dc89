#!/usr/bin/env bash
# Starts Janus in a network namespace of its own and runs a command in there beside it, so that media flows through Janus
# although its ICE refuses loopback: the only other address of the namespace, 198.51.100.1, leads nowhere but to itself.
#
#   examples/targets/janus/in-namespace.sh npx call-probe run scenarios/accept.yaml \
#     --target ws://127.0.0.1:8188 --adapter dialects/janus.yaml --media-address 198.51.100.1
#
# Needs Debian's janus and iproute2, and root or user namespaces. Exits with the command's code.
set -euo pipefail

if [ -z "${IN_NAMESPACE:-}" ]; then
  mapped=()
  if [ "$(id -u)" -ne 0 ]; then mapped=(--map-root-user); fi
  IN_NAMESPACE=1 exec unshare --net "${mapped[@]}" -- "$0" "$@"
fi

folder=$(cd "$(dirname "$0")" && pwd)
log=$(mktemp)
ip link set lo up
# Both ends stay in here: an interface that is up is all that ICE asks for.
ip link add media0 type veth peer name media1
ip address add 198.51.100.1/32 dev media0
ip link set media0 up
ip link set media1 up

janus --configs-folder "$folder" --config "$folder/janus.jcfg" >"$log" 2>&1 &
janus=$!
trap 'kill "$janus" 2>/dev/null || true; wait "$janus" || true; rm -f "$log"' EXIT

for _ in $(seq 300); do
  if grep -q 'WebSockets thread started' "$log"; then break; fi
  if ! kill -0 "$janus" 2>/dev/null; then break; fi
  sleep 0.1
done
if ! grep -q 'WebSockets thread started' "$log"; then
  cat "$log" >&2
  echo 'Janus did not start' >&2
  exit 2
fi

unset IN_NAMESPACE
status=0
"$@" || status=$?
exit "$status"
