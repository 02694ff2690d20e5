#!/bin/sh
# An interaction through its life, with curl alone (docs/api.md).
#
#   ONEQUEUE_URL=http://127.0.0.1:8080 ONEQUEUE_KEY=oq_… sh walk.sh
#
# An agent logs in, a call comes, rings at theirs, is accepted, noted, completed and wrapped up.
# The key needs the role integration, supervisor or admin.
#
# It may run beside real traffic: agent and call have ids of their own, the agent has room for
# nothing that others send (capacity 1), and the call is offered to that agent whatever their room
# (direct, over_capacity). Whatever fails ends it, with the reason, and takes both away again.
set -eu

: "${ONEQUEUE_KEY:?a key: export ONEQUEUE_KEY=\$(onequeue keys create 'a walk' --role integration)}"
url=${ONEQUEUE_URL:-http://127.0.0.1:8080}
run=$$-$(date +%s)
agent=${AGENT:-walker-$run}
channel=${CHANNEL:-voice}
call=call-$run

# api METHOD PATH [BODY]: the answer; a problem is printed, and fails.
api() {
  if answer=$(curl --silent --show-error --fail-with-body --max-time 30 --retry 3 \
    --request "$1" "$url/v1$2" \
    --header "Authorization: Bearer $ONEQUEUE_KEY" \
    ${3:+--header "Content-Type: application/json" --data "$3"} 2>&1); then
    echo "$answer"
  else
    echo "$1 $2 failed: $answer" >&2
    return 1
  fi
}

# field NAME: of the JSON on standard input, the first text of this name.
field() {
  sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" | head -n 1
}

# expect WHAT FOUND WANTED: print what was found; it must be what is wanted.
expect() {
  printf '%-13s%s\n' "$1:" "$2"
  [ "$2" = "$3" ] || { echo "$1: expected $3, not '$2'" >&2; exit 1; }
}

leave() {
  status=$?
  trap - EXIT
  if [ "$status" -ne 0 ]; then
    api POST "/interactions/$call/cancel" '{"reason": "the walk has failed"}' > /dev/null 2>&1 || true
    api POST "/agents/$agent/logout" '{"reason": "the walk has failed"}' > /dev/null 2>&1 || true
  fi
  exit "$status"
}
trap leave EXIT
trap 'exit 130' INT TERM

# each answer goes into a variable of its own first: a failure ends the script there
answer=$(api POST "/agents/$agent/login" '{"inbox": "curl", "encoding": "json", "capacity": 1}')
expect "log in" "$(echo "$answer" | field state)" available

answer=$(api POST /interactions "{\"interaction_id\": \"$call\", \"channel\": \"$channel\", \
  \"customer_id\": \"c-7\", \"direct\": {\"agent_id\": \"$agent\", \"over_capacity\": true}}")
expect "create" "$(echo "$answer" | field state)" offered

# what rings is in the agent's work stream, at their desktop, and here
answer=$(api GET "/offers?agent_id=$agent&interaction_id=$call")
offer=$(echo "$answer" | field offer_id)
expect "rings as" "$offer" "${offer:-an offer}"

answer=$(api POST "/offers/$offer/accept" "{\"agent_id\": \"$agent\"}")
expect "accept" "$(echo "$answer" | field state)" accepted

api POST "/interactions/$call/notes" "{\"text\": \"asks for the bill\", \"author\": \"$agent\"}" > /dev/null
answer=$(api POST "/assignments/$call/complete" "{\"agent_id\": \"$agent\", \"outcome\": \"solved\"}")

# where the channel has no wrap-up it is over already
if [ "$(echo "$answer" | field state)" = wrap_up ]; then
  api POST "/assignments/$call/end_wrap_up" "{\"agent_id\": \"$agent\"}" > /dev/null
fi
api POST "/agents/$agent/logout" '{"reason": "shift ended"}' > /dev/null

answer=$(api GET "/interactions/$call")
expect "over" "$(echo "$answer" | field state)" completed
expect "outcome" "$(echo "$answer" | field outcome)" solved
