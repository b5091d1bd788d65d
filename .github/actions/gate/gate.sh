#!/usr/bin/env bash
# The steps of the gate. They need nothing of GitHub and run on any machine:
#
#   GATE_SOURCE=matomo .github/actions/gate/gate.sh check
#   GATE_MERGE=shards .github/actions/gate/gate.sh merge
#   .github/actions/gate/gate.sh clean
#
# The variables are the inputs of action.yml. GATE_PROGRAM names a program that is built already.
#
# Green is only what was seen to be green: the program has to end with 0, and the results that it left have to be complete and say the same.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
folder=${GATE_REPORT_FOLDER:-conformance}
program=${GATE_PROGRAM:-$root/target/release/matomo-conformance}

fail() {
    echo "gate: $1" >&2
    if [[ ${GITHUB_ACTIONS:-} == true ]]; then
        echo "::error title=matomo-conformance::$1"
    fi
}

build() {
    if [[ -n ${GATE_PROGRAM:-} ]]; then
        return
    fi
    cargo build --release --locked --manifest-path "$root/Cargo.toml" --target-dir "$root/target"
}

# Ends with the code of the program, unless that was 0 and the results do not say so.
conclude() {
    local code=$1
    if [[ $code -ne 0 ]]; then
        fail "red: $2 ended with $code"
        exit "$code"
    fi
    if ! "$program" report "$folder/results" --exit-code >&2; then
        fail "red: $2 ended with 0, but its results are missing, not complete, or say otherwise"
        exit 4
    fi
    echo "gate: green"
}

reports() {
    printf '%s\n' --output "$folder/results" --junit "$folder/junit.xml" --sarif "$folder/conformance.sarif" \
        --markdown "$folder/summary.md"
}

# The arguments for a plugin that lies in the tree, where the step that sets it up moves it to.
of_plugin() {
    local name=$GATE_PLUGIN_NAME slug slugs=()
    if [[ -z ${GATE_RELEASE:-} ]]; then
        GATE_SOURCE=${GATE_SOURCE:-${GATE_MATOMO:-matomo}}
        if [[ ! -f $GATE_SOURCE/plugins/$name/plugin.json ]]; then
            fail "red: there is no $GATE_SOURCE/plugins/$name/plugin.json; the step before has to clone Matomo and move the plugin there"
            exit 7
        fi
    fi
    arguments+=(--activate "$name" --only-plugin "$name")
    read -ra slugs <<< "${GATE_DEPENDENT_PLUGINS:-}"
    for slug in "${slugs[@]}"; do
        slug=${slug##*/}
        arguments+=(--activate "${slug#plugin-}")
    done
    if [[ -n ${GATE_CHANGED_FILES:-} ]]; then
        arguments+=(--changed-files-in "plugins/$name")
    fi
}

# The commit with which own checks are compared: what was named, else the base of the pull request whose merge is checked out.
base_commit() {
    local repository=$1
    if [[ -n ${GATE_BASE:-} ]]; then
        git -C "$repository" rev-parse --verify --quiet "$GATE_BASE^{commit}"
    elif git -C "$repository" rev-parse --verify --quiet HEAD^2 > /dev/null; then
        git -C "$repository" rev-parse --verify --quiet 'HEAD^1'
    else
        git -C "$repository" merge-base "origin/${GITHUB_BASE_REF:-}" HEAD
    fi 2> /dev/null || true
}

# The tree before the change, in an empty folder: a copy of the source tree, in which files that differ are as in that commit. Copies are hard links
# where they can be, so a file is removed before it is written. vendor/ is made anew where composer.lock is another one.
base_tree() {
    local repository=$1 commit=$2 tree=$3 below file
    below=$tree${GATE_PLUGIN_NAME:+/plugins/$GATE_PLUGIN_NAME}
    if ! cp -al "$GATE_SOURCE/." "$tree" 2> /dev/null; then
        cp -a --reflink=auto "$GATE_SOURCE/." "$tree"
    fi
    while IFS= read -r -d '' file; do
        rm -f "$below/$file"
        if git -C "$repository" cat-file -e "$commit:$file" 2> /dev/null; then
            mkdir -p "$(dirname "$below/$file")"
            git -C "$repository" show "$commit:$file" > "$below/$file"
        fi
    done < <(git -C "$repository" diff --name-only --no-renames -z "$commit")
    if [[ -f $tree/composer.lock ]] && ! cmp -s "$tree/composer.lock" "$GATE_SOURCE/composer.lock"; then
        rm -rf "$tree/vendor"
        composer install --no-dev --no-interaction --no-progress --working-dir "$tree" >&2
    fi
}

# Where the commit before the change is kept.
repository() {
    echo "$GATE_SOURCE${GATE_PLUGIN_NAME:+/plugins/$GATE_PLUGIN_NAME}"
}

# Whether own checks are compared: `true`, `false`, or by default for pull requests. With shards the first one does it.
compares_own_checks() {
    local asked_for=false
    case ${GATE_OWN_CHECKS:-} in
        true) asked_for=true ;;
        false) return 1 ;;
        *) [[ -n ${GATE_BASE:-} || ${GITHUB_EVENT_NAME:-} == pull_request ]] || return 1 ;;
    esac
    if [[ -n ${GATE_SHARD:-} && $GATE_SHARD != 1/* ]]; then
        return 1
    fi
    if [[ -n ${GATE_SOURCE:-} && -n $(base_commit "$(repository)") ]]; then
        return 0
    fi
    local why="the commit before the change is not there, so own checks are not compared: check out with fetch-depth: 2, or name one as base"
    if [[ $asked_for == true || -n ${GATE_BASE:-} ]]; then
        fail "red: $why"
        exit 7
    fi
    echo "gate: $why" >&2
    if [[ ${GITHUB_ACTIONS:-} == true ]]; then
        echo "::warning title=matomo-conformance::$why"
    fi
    return 1
}

# Compares who gets past the endpoints' own checks with how it was before the change; those of the change were asked by `check`.
own_checks() {
    local commit base
    commit=$(base_commit "$(repository)")
    echo "gate: comparing own checks with $commit" >&2
    base=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/matomo-base.XXXXXX")
    base_tree "$(repository)" "$commit" "$base"
    local code=0
    "$program" compare --only-own-checks --base "$base" --head "$folder/results" --output "$folder/own-checks" "$@" || code=$?
    rm -rf "$base"
    if [[ $code -ne 0 ]]; then
        fail "red: the comparison of own checks ended with $code"
        exit "$code"
    fi
}

check() {
    build
    local arguments=()
    mapfile -t arguments < <(reports)
    if [[ -n ${GATE_PLUGIN_NAME:-} ]]; then
        of_plugin
    fi
    local compares=false
    if compares_own_checks; then
        compares=true
        arguments+=(--own-checks)
    fi
    local names=(SOURCE RELEASE RUNTIME DATABASE KNOWN_DIFFERENCES CHANGED_FILES SHARD)
    local options=(source release runtime database known-differences changed-files shard)
    local index value
    for index in "${!names[@]}"; do
        value="GATE_${names[$index]}"
        if [[ -n ${!value:-} ]]; then
            arguments+=("--${options[$index]}" "${!value}")
        fi
    done
    # Not on the command line, where other users of the machine would see its password.
    if [[ -n ${GATE_DATABASE_URL:-} ]]; then
        export MATOMO_CONFORMANCE_DATABASE_URL=$GATE_DATABASE_URL
    fi
    # The base runs as the head did; where nothing is said of the other arguments, they belong to `check` alone.
    local compared=() option
    for index in "${!arguments[@]}"; do
        option=${arguments[$index]}
        case $option in
            --activate | --only-plugin | --changed-files | --changed-files-in | --runtime | --database) compared+=("$option" "${arguments[$((index + 1))]}") ;;
        esac
    done
    local more=()
    read -ra more <<< "${GATE_ARGUMENTS:-}"
    mkdir -p "$folder"
    local code=0
    "$program" check "${arguments[@]}" "${more[@]}" || code=$?
    if [[ $compares == true && ($code -eq 0 || $code -eq 2) && -f $folder/results/own-checks.json ]]; then
        own_checks "${compared[@]}"
    fi
    conclude "$code" check
}

# Joins the shards in the folders below GATE_MERGE: each is an output directory, or has one named `results`.
merge() {
    build
    local shards=() found
    while IFS= read -r -d '' found; do
        shards+=("$(dirname "$found")")
    done < <(find "${GATE_MERGE:?a folder with the results of all shards is needed}" -name cases.txt -not -path '*.old/*' -print0 | sort -z)
    if [[ ${#shards[@]} -eq 0 ]]; then
        fail "red: no results of a shard are in $GATE_MERGE"
        exit 4
    fi
    local arguments=()
    mapfile -t arguments < <(reports)
    local code=0
    "$program" merge "${shards[@]}" "${arguments[@]}" || code=$?
    conclude "$code" merge
}

# Removes what a run that was killed left behind.
clean() {
    if [[ -x $program ]]; then
        "$program" clean
    fi
}

case ${1:-} in
    build | check | merge | clean) "$1" ;;
    *)
        echo "usage: $0 build|check|merge|clean" >&2
        exit 1
        ;;
esac
