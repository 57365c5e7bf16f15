#!/bin/sh
# Prints what compose.yaml needs to know of this machine, with new passwords:
#   deploy/settings.sh class.example.org > .env
set -eu
umask 077
host=${1:?The name that students open, such as class.example.org}
public=$(getent ahostsv4 "$host" | awk 'NR == 1 {print $1}')
[ -n "$public" ] || { echo "$host has no IPv4 address yet: set it in the DNS first." >&2; exit 1; }
# The address from which this machine would ask another: behind NAT, not the one others see.
private=$(ip -4 route get 192.0.2.1 | sed -n 's/.* src \([0-9.]*\).*/\1/p')
secret() { head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
cat <<END
HOST=$host
PUBLIC_IP=$public
PRIVATE_IP=$private
DATABASE_PASSWORD=$(secret)
TURN_SECRET=$(secret)
TEACHER_PASSWORD=$(secret)
END
