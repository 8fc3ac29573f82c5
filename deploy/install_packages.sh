#!/bin/sh
# Installs what is missing of: python (python3 with venv), rabbitmq, postgresql, chromium, nginx, nchan
# (nginx and its module of that name), compiler (gcc with libc's headers). Through apt, as root or
# through a sudo that asks no password; otherwise it says what to install and fails.
#
#     deploy/install_packages.sh python rabbitmq
#
# Nothing missing: it says nothing, needs no rights and takes no time.
set -eu

say() { printf '%s\n' "$*" >&2; }

has() { # has NEED
    case $1 in
    python) "${PYTHON:-python3}" -c 'import ensurepip, venv' 2>/dev/null ;;
    rabbitmq) [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || command -v rabbitmq-server >/dev/null ;;
    postgresql) has_postgresql ;;
    chromium) chromium_command >/dev/null && libatomic ;;
    nginx) has_nginx ;;
    nchan) has_nginx && [ -e /usr/lib/nginx/modules/ngx_nchan_module.so ] ;;
    compiler) echo '#include <stdlib.h>' | gcc -fsyntax-only -x c - 2>/dev/null ;;
    *) say "install_packages.sh: unknown need $1"; exit 2 ;;
    esac
}

has_nginx() { # Debian keeps it where a user's PATH does not look
    [ -x /usr/sbin/nginx ] || command -v nginx >/dev/null
}

has_postgresql() { # the server; its programs are in a folder of their release
    for server in /usr/lib/postgresql/*/bin/postgres; do
        if [ -x "$server" ]; then return; fi
    done
    command -v postgres >/dev/null
}

chromium_command() { # one that runs: Ubuntu's chromium-browser may be an empty shell around a snap
    for name in chromium chromium-browser google-chrome; do
        if command -v "$name" >/dev/null && "$name" --version >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
    return 1
}

libatomic() { # Playwright, which drives Chromium in the tests, brings a node that needs it
    for library in /usr/lib/*/libatomic.so.1; do
        if [ -e "$library" ]; then return; fi
    done
    return 1
}

packages_for() { # packages_for NEED
    case $1 in
    python) echo python3 python3-venv ;;
    rabbitmq) echo rabbitmq-server ;;
    postgresql) echo postgresql ;;
    chromium)
        libatomic || echo libatomic1
        # Ubuntu has it under another name.
        browser=chromium
        if grep -q '^ID=ubuntu' /etc/os-release; then browser=chromium-browser; fi
        chromium_command >/dev/null || echo "$browser"
        ;;
    nginx) echo nginx ;;
    nchan) echo nginx libnginx-mod-nchan ;;
    compiler) echo gcc libc6-dev ;;
    esac
}

missing=
packages=
for need; do
    if ! has "$need"; then
        missing="$missing $need"
        for package in $(packages_for "$need"); do packages="$packages $package"; done
    fi
done
[ -n "$missing" ] || exit 0

by_hand="sudo apt-get install$packages"
if ! command -v apt-get >/dev/null; then
    say "Missing:$missing. There is no apt-get here: install what Debian calls$packages and try again."
    exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        exec sudo -n sh "$0" "$@"
    fi
    say "Missing:$missing. Install it and try again:"
    say "    $by_hand"
    exit 1
fi

say "Installing through apt:$packages (a minute or so) ..."
output=$(mktemp)
policy=/usr/sbin/policy-rc.d
our_policy=
no_cluster=/etc/postgresql-common/createcluster.d/celebwire.conf
our_no_cluster=
had_rabbitmq= had_postgresql= had_epmd= had_nginx=
if has rabbitmq; then had_rabbitmq=yes; fi
if has postgresql; then had_postgresql=yes; fi
if command -v epmd >/dev/null; then had_epmd=yes; fi
if has_nginx; then had_nginx=yes; fi

clean_up() {
    rm -f "$output"
    if [ -n "$our_policy" ]; then rm -f "$policy"; fi
    if [ -n "$our_no_cluster" ]; then rm -f "$no_cluster"; fi
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Debian starts RabbitMQ, an epmd beside it and nginx (on port 80), on all interfaces, as soon as they are
# installed, and PostgreSQL. We run our own, on loopback; so nothing is started now (101: not allowed),
# nor at the next boot, and PostgreSQL gets no databases. Services that were here before stay as they are.
if [ ! -e "$policy" ]; then
    our_policy=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi

if [ -z "$had_postgresql" ] && [ ! -e "$no_cluster" ]; then
    our_no_cluster=yes
    mkdir -p "${no_cluster%/*}"
    echo 'create_main_cluster = false' >"$no_cluster"
fi

export DEBIAN_FRONTEND=noninteractive
apt="apt-get -q -y -o DPkg::Lock::Timeout=300"
# shellcheck disable=SC2086  (several words each)
if ! { $apt update && $apt install --no-install-recommends $packages; } >"$output" 2>&1; then
    tail -n 20 "$output" >&2
    say "apt could not install$packages: its last words are above. To try by hand:"
    say "    $by_hand"
    exit 1
fi

units=
if [ -z "$had_rabbitmq" ] && has rabbitmq; then units=rabbitmq-server; fi
if [ -z "$had_epmd" ] && command -v epmd >/dev/null; then units="$units epmd.socket epmd"; fi
if [ -z "$had_nginx" ] && has_nginx; then units="$units nginx"; fi
if [ -z "$had_postgresql" ] && has postgresql; then units="$units postgresql"; fi
for unit in $units; do
    if command -v systemctl >/dev/null; then systemctl disable "$unit" >/dev/null 2>&1 || true; fi
    if [ -e "/etc/init.d/$unit" ]; then update-rc.d "$unit" disable >/dev/null 2>&1 || true; fi
done

for need in $missing; do
    if ! has "$need"; then
        say "$need is still missing after apt installed$packages."
        if [ "$need" = chromium ]; then
            say "Ubuntu's is a snap, which does not run everywhere (in containers, say). Have a chromium,"
            say "chromium-browser or google-chrome on the PATH for which --version works, and try again."
        fi
        exit 1
    fi
done
