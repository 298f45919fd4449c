# Sourced by scripts that need root, with their arguments in `words`: continues as root, or restarts the script with sudo.
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "${0##*/}: needs root, but sudo is not installed; run it as root" >&2; exit 4; }
    exec sudo --preserve-env=CI,LANTU_CACHE,LANTU_STATE,LANTU_RUN,LANTU_LAB,LANTU_LANG,LANTU_TEST_LAB,LANTU_TEST_SEED \
        "$PWD/scripts/${0##*/}" ${words[@]+"${words[@]}"}
fi
