#!/usr/bin/env bash
# Makes the AOT cache of /opt/bargein from a run of real turns: the server's own rehearsal, which goes through the AWS SDK; then, through the
# SDK and TLS to a stand-in for Bedrock, turns that are cut in on, and invocations. A turn that fails, fails the build: so a module that is
# missing is found here.
set -euo pipefail
home=/opt/bargein
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
load="java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -jar /build/bargein-loadtest.jar"

fail() {
  cat "$work"/*.log >&2
  echo "train: $*" >&2
  exit 1
}

# Every wait ends: $1 tries, a second or less apart.
await() {
  local tries=$1
  shift
  until "$@"; do
    tries=$((tries - 1))
    if [ "$tries" -le 0 ]; then
      fail "waited in vain for: $*"
    fi
    sleep 0.5
  done
}

# $1 method and path, $2 body, $3 what is accepted; the whole response.
request() {
  exec 3<>"/dev/tcp/127.0.0.1/$port"
  printf '%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' \
    "$1" "$3" "${#2}" "$2" >&3
  cat <&3
  exec 3>&-
}

healthy() {
  (request 'GET /ping' '' '*/*') 2>/dev/null | grep -q '"Healthy'
}

$load standin --port 0 --tls-port 0 >"$work/standin.log" 2>&1 &
standin=$!
await 1200 grep -q 'https://' "$work/standin.log"
upstream=$(grep -oE 'https://[^ ]+' "$work/standin.log")
keytool -printcert -rfc -sslserver "${upstream#https://}" >"$work/standin.pem"
keytool -importcert -noprompt -alias standin -file "$work/standin.pem" -keystore "$work/trusted" -storepass trusted -storetype PKCS12 2>/dev/null

# The deadline is for the processor: nothing runs any more when the server stops, but writing the cache may take minutes where it is emulated.
AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=training AWS_SECRET_ACCESS_KEY=training AWS_ENDPOINT_URL_BEDROCK_RUNTIME="$upstream" \
  BARGEIN_BACKEND=bedrock BARGEIN_WARM_UP=local BARGEIN_HOST=127.0.0.1 BARGEIN_PORT=0 BARGEIN_DRAIN_DEADLINE=20m \
  "$home/java/bin/java" @"$home/java.options" -XX:AOTCacheOutput="$home/bargein.aot" \
  -Djavax.net.ssl.trustStore="$work/trusted" -Djavax.net.ssl.trustStorePassword=trusted \
  -jar "$home/bargein-server.jar" >"$work/server.log" 2>&1 &
server=$!
await 1200 grep -q 'listening on' "$work/server.log"
port=$(grep -oE "listening on [^ ]+" "$work/server.log" | grep -oE "[0-9]+$")
await 1200 healthy

# More than once, where need be: an emulated processor misses time limits while it is cold. What is broken fails each time.
invocation() {
  request 'POST /invocations' '{"inputText": "sim chunks=20 bytes=24 delay_ms=5"}' "$1" >"$work/invocation.log"
  grep -qE '"stop_reason":"end_turn"|"type":"complete"' "$work/invocation.log"
}
interrupts() {
  $load run --url "ws://127.0.0.1:$port/ws" --plan interrupt --connections 4 --rate 8 --warmup 1s --duration 6s >"$work/interrupt.log" 2>&1
}
await 1200 grep -q 'warmed up' "$work/server.log"
for accept in application/json text/event-stream application/json text/event-stream; do
  await 20 invocation "$accept"
done
await 5 interrupts

kill -TERM "$server"
wait "$server" || fail "the server's exit code is not 0"
test -s "$home/bargein.aot" || fail 'no AOT cache was written'
cat "$work/server.log"
chmod 644 "$home/bargein.aot"
touch --date=2020-01-01T00:00:00Z "$home/bargein.aot"
