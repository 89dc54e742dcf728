#!/bin/bash
# as-user.sh COMMAND…: runs a command as someone who is not root, because PostgreSQL refuses to run as root.
# The command can still read and write what root can, so that no file has to change its owner.
set -euo pipefail
[ "$(id -u)" = 0 ] || exec "$@"

account=daemon
uid=$(id -u "$account")
gid=$(id -g "$account")
export USER=$account LOGNAME=$account

# In a user namespace root has the account's number, and the files still belong to root.
# (A checkout that belongs to somebody else cannot be written there; therefore the folder is tested.)
namespace=(unshare --user --map-user="$uid" --map-group="$gid")
if "${namespace[@]}" test -w "$(dirname "$0")" 2>/dev/null; then
  exec "${namespace[@]}" "$@"
fi

# A chroot or a container may refuse namespaces. Then the command runs as the account itself, with root's access to
# files.
# (Without the securebit, access(2) would not take that access into account.)
access=+dac_override,+dac_read_search,+fowner
account_with_access=(setpriv --reuid="$uid" --regid="$gid" --clear-groups --securebits=+no_setuid_fixup \
  --inh-caps="$access" --ambient-caps="$access")
if "${account_with_access[@]}" true 2>/dev/null; then
  exec "${account_with_access[@]}" "$@"
fi

echo "error: PostgreSQL does not run as root, and root can neither create a user namespace nor become $account here." >&2
echo "       Run this as an ordinary user." >&2
exit 1
