# shellcheck shell=bash disable=SC2034
# Debian and Ubuntu packages by purpose; sourced by quickstart.sh and test.sh.
BUILD_PACKAGES="gcc cmake ninja-build pkg-config flex bison libjansson-dev libyaml-dev libcurl4-openssl-dev libssl-dev libexpat1-dev libpcre2-dev libutf8proc-dev libidn2-dev"
TEST_PACKAGES="libcmocka-dev python3 python3-venv nodejs npm clang libtree-sitter-dev graphviz ca-certificates git shellcheck zsh fish man-db iproute2 nftables dnsmasq-base"

# The names of a list that are not installed.
missing_packages() {
    for package in "$@"; do
        # What another way of installing already brought counts too.
        case "$package" in
        nodejs) command -v node >/dev/null 2>&1 && continue ;;
        npm) command -v npm >/dev/null 2>&1 && continue ;;
        gcc | cmake | flex | bison | clang) command -v "$package" >/dev/null 2>&1 && continue ;;
        python3-venv) python3 -c 'import venv, ensurepip' >/dev/null 2>&1 && continue ;;
        esac
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' ||
            printf '%s ' "$package"
    done
}

# Installs what is missing of a list, saying so first. Asks for nothing; needs root or sudo only then.
install_packages() {
    local missing
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "These packages (Debian's names) are needed: $missing" >&2
        echo "Install them with your system's package manager, then run this again." >&2
        return 1
    fi
    echo "installing: $missing"
    local root=""
    [ "$(id -u)" = 0 ] || root="sudo"
    # shellcheck disable=SC2086
    if ! $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1; then
        $root apt-get update -qq >/dev/null
        $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
    fi
}
