#!/bin/bash
# as-user.sh COMMAND…: runs a command as someone who is not root, because PostgreSQL refuses to run as root.
# It can still read and write what root can, so that nothing has to change hands.
set -euo pipefail
[ "$(id -u)" = 0 ] || exec "$@"

account=daemon
uid=$(id -u "$account")
gid=$(id -g "$account")
export USER=$account LOGNAME=$account

# A user namespace: inside it root bears the account's number; files stay root's.
# (Someone else's checkout is out of reach in there, hence the look at the folder.)
namespace=(unshare --user --map-user="$uid" --map-group="$gid")
if "${namespace[@]}" test -w "$(dirname "$0")" 2>/dev/null; then
  exec "${namespace[@]}" "$@"
fi

# Where namespaces are refused, in a chroot or a container: really the account, with root's access to files.
# (Without the securebit, access(2) would leave that access out of account.)
access=+dac_override,+dac_read_search,+fowner
account_with_access=(setpriv --reuid="$uid" --regid="$gid" --clear-groups --securebits=+no_setuid_fixup \
  --inh-caps="$access" --ambient-caps="$access")
if "${account_with_access[@]}" true 2>/dev/null; then
  exec "${account_with_access[@]}" "$@"
fi

echo "error: PostgreSQL does not run as root, and root may neither make a user namespace nor become $account here." >&2
echo "       Run this as an ordinary user." >&2
exit 1
