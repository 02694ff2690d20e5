#!/bin/sh
# An interaction through its life, with curl alone (docs/api.md).
#
#   ONEQUEUE_URL=http://127.0.0.1:8080 ONEQUEUE_KEY=oq_… sh walk.sh
#
# Anna logs in, a call comes, rings at hers, is accepted, noted, completed and wrapped up.
# The key needs the role integration, supervisor or admin.
set -eu

url=${ONEQUEUE_URL:-http://127.0.0.1:8080}
agent=${AGENT:-anna}
call=call-$$-$(date +%s)

# api METHOD PATH [BODY]: the answer; a problem is printed, and ends the script.
api() {
  method=$1 path=$2 body=${3:-}
  answer=$(curl --silent --show-error --fail-with-body --max-time 30 --retry 3 \
    --request "$method" "$url/v1$path" \
    --header "Authorization: Bearer $ONEQUEUE_KEY" \
    ${body:+--header "Content-Type: application/json" --data "$body"}) || {
    echo "$method $path: $answer" >&2
    exit 1
  }
  echo "$answer"
}

# field NAME: of the JSON on standard input, the first text of this name.
field() {
  sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" | head -n 1
}

echo "log in:      $(api POST "/agents/$agent/login" '{"inbox": "curl", "encoding": "json"}' | field state)"
echo "create:      $(api POST /interactions "{\"interaction_id\": \"$call\", \"channel\": \"voice\", \"customer_id\": \"c-7\"}" | field state)"

# what rings is in the agent's work stream, at their desktop, and here
offer=$(api GET "/offers?agent_id=$agent&interaction_id=$call" | field offer_id)
echo "rings as:    $offer"
echo "accept:      $(api POST "/offers/$offer/accept" "{\"agent_id\": \"$agent\"}" | field state)"
api POST "/interactions/$call/notes" "{\"text\": \"asks for the bill\", \"author\": \"$agent\"}" > /dev/null
api POST "/assignments/$call/complete" "{\"agent_id\": \"$agent\", \"outcome\": \"solved\"}" > /dev/null
echo "wrapped up:  $(api POST "/assignments/$call/end_wrap_up" "{\"agent_id\": \"$agent\"}" | field outcome)"
api POST "/agents/$agent/logout" '{"reason": "shift ended"}' > /dev/null
echo "over:        $(api GET "/interactions/$call" | field state)"
