#!/bin/sh
# GET /: one JSON object; a file that is not there is null
quoted() { busybox sed 's/\\/\\\\/g; s/"/\\"/g; s/.*/"&"/'; }
plain() { busybox sed 's/^\[\(::ffff:\)\?\(.*\)\]$/\2/'; } # an IPv4 client comes in IPv6 dress
digest() { busybox sha256sum < "$1" | busybox cut -d ' ' -f 1 | quoted; }

config=null; secret=null
if [ -r "$LANTU_CONFIG" ]; then config=$(busybox cat "$LANTU_CONFIG"); fi
if [ -r "$LANTU_SECRET" ]; then secret=$(digest "$LANTU_SECRET"); fi
printf 'Content-Type: application/json; charset=utf-8\r\n\r\n'
printf '{"system": %s, "replica": %s, "client": %s, "config": %s, "secret_sha256": %s}\n' \
    "$(echo "$LANTU_SYSTEM" | quoted)" "$(busybox hostname | quoted)" "$(echo "$REMOTE_ADDR" | plain | quoted)" "$config" "$secret"
