# Sourced by peers.sh and clients.sh: Debian packages in copy-on-write views of this system. Needs Linux, root and apt-get.

fail() {
    echo "$(basename "$0"): $*" >&2
    exit 2
}

need() { # need TOOL...
    [ "$(uname)" = Linux ] && [ "$(id -u)" = 0 ] || fail "Linux and root are needed, for mounts and namespaces"
    local tool
    for tool in apt-get unshare chroot /usr/bin/python3 "$@"; do
        command -v "$tool" >/dev/null || fail "$tool is needed"
    done
}

# Runs this script again with --inside, in namespaces of its own: its processes and mounts end with it. WORK is an empty directory there.
in_namespaces() {
    WORK=$(mktemp -d "${TMPDIR:-/tmp}/postrider-$(basename "$0" .sh).XXXXXX")
    export WORK
    trap 'rmdir "$WORK"' EXIT
    local code=0
    unshare --mount --pid --fork --kill-child --mount-proc "$0" --inside || code=$?
    exit "$code"
}

# A view of this system, at WORK/NAME/root, with the packages; nothing outside of WORK is changed and no service started.
make_root() { # make_root NAME PACKAGE...
    local dir=$WORK/$1 root=$WORK/$1/root
    shift
    mkdir -p "$dir/changes" "$dir/work" "$root"
    mount -t overlay overlay -o "lowerdir=/,upperdir=$dir/changes,workdir=$dir/work" "$root" || fail "the kernel gives no overlay mount"
    mount --rbind /dev "$root/dev"
    mount -t proc proc "$root/proc"
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
    DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -y -q --no-install-recommends "$@" >"$dir/apt.log" 2>&1 || {
        tail -n 5 "$dir/apt.log" >&2
        fail "apt-get install $* failed; perhaps apt-get update helps"
    }
}
