# Sourced by what needs root, with its arguments in `words`: goes on as root, or starts the whole script again by sudo.
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "${0##*/}: needs root, and there is no sudo: run it as root" >&2; exit 4; }
    exec sudo --preserve-env=CI,LANTU_CACHE,LANTU_STATE,LANTU_RUN,LANTU_LAB,LANTU_LANG,LANTU_TEST_LAB,LANTU_TEST_SEED \
        "$PWD/scripts/${0##*/}" ${words[@]+"${words[@]}"}
fi
