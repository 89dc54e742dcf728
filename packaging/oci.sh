#!/bin/bash
# oci.sh NN…: makes the images that CloudNativePG mounts as an extension volume, for each PostgreSQL NN from 18 on and
# each Debian of DISTRO ("bookworm trixie" by default: those of its servers' images), and prints their paths:
# target/packages/pg_guardrail-NN-VERSION-DEBIAN-ARCH.oci.tar, an OCI layout that has the image under two tags,
# VERSION-NN-DEBIAN and VERSION-TIME-NN-DEBIAN. Nothing is downloaded: the image has only the staged tree.
. "$(dirname "$0")/../pgrx-config/common.sh"

# The C library of each Debian.
declare -A glibc=([bookworm]=2.36 [trixie]=2.41)
# The oldest PostgreSQL that finds extensions outside of its own folders.
oldest=18

[ $# -gt 0 ] || fail "make oci needs the major version of PostgreSQL: make oci PG=18"
read -ra distros <<<"${DISTRO:-bookworm trixie}"
for distro in "${distros[@]}"; do
  [ -n "${glibc[$distro]:-}" ] || fail "DISTRO must be of bookworm and trixie: \"$distro\""
done
need_supported "$@"
for major; do
  [ "$major" -ge "$oldest" ] ||
    fail "PostgreSQL $major does not find an extension in an image volume; extension_control_path is new in $oldest"
done
need_cargo
pgrx-config/system-packages.sh --oci
command -v umoci >/dev/null || fail "there is no umoci (https://umo.ci)"
case $(uname -m) in
  x86_64) architecture=amd64 ;;
  aarch64) architecture=arm64 ;;
  *) fail "CloudNativePG has no images for $(uname -m)" ;;
esac

version=$(crate_version)
epoch=$(source_date_epoch)
created=$(date -u -d "@$epoch" +%FT%TZ)
revision=$(last_commit %H)

# archive TAR FOLDER: the same files give the same bytes, whoever packs them and when.
archive() {
  tar --create --file "$1" --directory "$2" --sort=name --format=ustar --mtime="@$epoch" --owner=0 --group=0 \
    --numeric-owner --mode=u=rwX,go=rX --transform='s,^\./,,' .
}

# describe MAJOR DEBIAN: what CloudNativePG's images say of themselves, as lines NAME=VALUE.
describe() {
  local url
  url=$(project_url)
  cat <<END
org.opencontainers.image.created=$created
org.opencontainers.image.version=$version
org.opencontainers.image.title=pg_guardrail $version $1 $2
org.opencontainers.image.description=$(crate_field description): pg_guardrail $version for PostgreSQL $1 on $2
org.opencontainers.image.authors=$(crate_field authors)
org.opencontainers.image.vendor=$(crate_field authors)
org.opencontainers.image.licenses=$(crate_field license)
org.opencontainers.image.base.name=scratch
io.cloudnativepg.image.base.name=ghcr.io/cloudnative-pg/postgresql:$1-minimal-$2
io.cloudnativepg.image.base.pgmajor=$1
io.cloudnativepg.image.base.os=$2
io.cloudnativepg.image.sql.version=$version
END
  [ -z "$revision" ] || echo "org.opencontainers.image.revision=$revision"
  [ -z "$url" ] || printf 'org.opencontainers.image.%s\n' "url=$url" "source=$url" "documentation=$url"
}

# A library that uses newer symbols than the C library of this Debian has would not load there.
check_library() {
  local needed
  needed=$(objdump -T "$1" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -n 1)
  printf '%s\n' "${needed#GLIBC_}" "${glibc[$2]}" | sort --check=silent --version-sort ||
    fail "the library needs glibc ${needed#GLIBC_}, and $2 has ${glibc[$2]}: build on an older system"
}

# build MAJOR DEBIAN TREE FILE
build() {
  local top=$root/target/oci/$1-$2 image line options=()
  local tag=$version-$1-$2 dated
  dated=$version-$(date -u -d "@$epoch" +%Y%m%d%H%M)-$1-$2
  check_library "$3/lib/pg_guardrail.so" "$2"
  rm -rf "$top"
  mkdir -p "$top/tree/licenses/postgresql-$1-pg-guardrail"
  cp -r "$3/lib" "$3/share" "$top/tree"
  cp "$3/licenses"/* "$top/tree/licenses/postgresql-$1-pg-guardrail"
  archive "$top/layer.tar" "$top/tree"
  while IFS= read -r line; do
    options+=(--config.label "$line" --manifest.annotation "$line")
  done < <(describe "$1" "$2")
  image=$top/layout:$tag
  umoci init --layout "$top/layout"
  umoci new --image "$image"
  umoci raw add-layer --image "$image" --history.created "$created" --history.created_by "packaging/oci.sh $1" "$top/layer.tar"
  umoci config --image "$image" --no-history --os linux --architecture "$architecture" --created "$created" \
    --config.user 65532:65532 "${options[@]}"
  umoci tag --image "$image" "$dated"
  umoci gc --layout "$top/layout"
  archive "$4" "$top/layout"
}

mkdir -p target/packages
take_turn
for major; do
  tree=$(packaging/stage.sh "$major")
  for distro in "${distros[@]}"; do
    file=$root/target/packages/pg_guardrail-$major-$version-$distro-$architecture.oci.tar
    step "Making the image for PostgreSQL $major, $distro" build "$major" "$distro" "$tree" "$file"
    echo "$file"
  done
done
