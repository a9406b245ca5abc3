#!/bin/sh
# Install or upgrade from this package, without a network: ./install.sh FOLDER. Going back: ./install.sh FOLDER --back
#
#   FOLDER/bin/qiaojie   the command, with the settings of FOLDER/qiaojie.env
#   FOLDER/home          database, keys, backups (QIAOJIE_HOME, unless qiaojie.env names another)
#   FOLDER/versions/…    every version beside the others; FOLDER/current is the one in use
#
# An upgrade makes a backup first and stops where that fails. Where the new version cannot bring the database to its shape, the
# backup is put back and the former version stays in use.
set -eu
umask 077
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { sed -n '2,4p' "$0"; exit 2; }
mkdir -p "$1"
target=$(cd "$1" && pwd)
python=${PYTHON:-python3}

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

# The command of one version, with the settings of this installation.
run() {
    # In a shell of its own: nothing set here is set outside.
    (
        used=$1
        shift
        set -a
        QIAOJIE_HOME=$target/home
        [ ! -f "$target/qiaojie.env" ] || . "$target/qiaojie.env"
        set +a
        exec "$target/versions/$used/venv/bin/qiaojie" "$@"
    )
}

use() {
    ln -sfn "versions/$1" "$target/.current.new"
    mv -T "$target/.current.new" "$target/current"
}

former=
[ ! -L "$target/current" ] || former=$(basename "$(readlink "$target/current")")

if [ "${2:-}" = --back ]; then
    [ -n "$former" ] && [ -f "$target/versions/$former/former" ] || fail "没有可以退回的版本。"
    before=$(cat "$target/versions/$former/former")
    packet=$(cat "$target/versions/$former/packet")
    run "$before" backup restore "$packet" --replace --without-backup || fail "没有退成，仍在用 $former。"
    use "$before"
    say "已退回 $before，数据回到升级以前。"
    exit 0
fi

# --- what came is what was packed, and for this machine ----------------------------------------------------------------
(cd "$here" && sha256sum --quiet -c SHA256SUMS) || fail "安装包不完整或被改动过，请重新拷贝。"
version=$(cat "$here/VERSION")
tag=$("$python" -c 'import sys, sysconfig; print(f"cp{sys.version_info[0]}{sys.version_info[1]}-{sysconfig.get_platform()}")')
[ "$tag" = "$(cat "$here/PLATFORM")" ] || fail "这个安装包是给 $(cat "$here/PLATFORM") 的，本机是 $tag。"
[ "$version" != "$former" ] || { say "已经是 $version。"; exit 0; }

# --- a backup by the version in use, before anything is touched ----------------------------------------------------------
packet=
if [ -n "$former" ]; then
    say "升级 $former → $version。先备份……"
    kept=$target/before-$version
    rm -rf "$kept"
    mkdir -p "$kept"
    run "$former" backup make --to "$kept" || fail "备份没有做成，没有升级。仍在用 $former。"
    packet=$(ls "$kept"/*.qjb)
    run "$former" backup verify "$packet" || fail "备份核对不过，没有升级。仍在用 $former。"
fi

# --- the new version, beside the others ----------------------------------------------------------------------------------
new=$target/versions/$version
rm -rf "$new"
mkdir -p "$new" "$target/home" "$target/bin"
"$python" -m venv "$new/venv"
pip() { "$new/venv/bin/python" -m pip --disable-pip-version-check -q --isolated "$@"; }
say "安装 $version……"
pip install --no-index --no-deps --require-hashes --find-links "$here/wheels" -r "$here/wheels.lock"
cp -R "$here/app" "$new/app"
pip install --no-index --no-deps --no-build-isolation --editable "$new/app"
"$new/venv/bin/python" "$new/app/scripts/messages.py" compile
if [ -n "$former" ]; then
    printf '%s\n' "$former" > "$new/former"
    printf '%s\n' "$packet" > "$new/packet"
fi

# --- the database is brought to its shape --------------------------------------------------------------------------------
if ! run "$version" prepare; then
    [ -n "$former" ] || fail "没有装成。"
    say "新版本升级数据库没有成功，正在把备份放回去……" >&2
    run "$former" backup restore "$packet" --replace --without-backup || fail "备份也没有放回去，备份在 $packet。"
    fail "没有升级，数据与升级以前一样，仍在用 $former。"
fi
use "$version"
cat > "$target/bin/qiaojie" <<RUN
#!/bin/sh
set -a
QIAOJIE_HOME=$target/home
[ ! -f "$target/qiaojie.env" ] || . "$target/qiaojie.env"
set +a
exec "$target/current/venv/bin/qiaojie" "\$@"
RUN
chmod 700 "$target/bin/qiaojie"
say "装好了：$version。命令是 $target/bin/qiaojie，设置写在 $target/qiaojie.env。"
[ -z "$former" ] || say "要退回 $former：$0 $target --back（数据回到升级以前）"
