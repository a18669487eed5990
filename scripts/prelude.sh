# SPDX-License-Identifier: Apache-2.0
# What every script here starts with: strict mode, the root of the repository, a clear way to fail, --help.
# Sourced, never run: `source "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/prelude.sh"`.
set -euo pipefail

script_name=$(basename -- "$0")
script_path=$(readlink -f -- "$0") # before the change of folder: $0 may be relative
root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
cd -- "$root"

fail() {
  printf '%s: %s\n' "$script_name" "$*" >&2
  exit 1
}

say() { printf '\n== %s\n' "$*"; }

# Prints the comment at the head of the script (below its SPDX line) and ends, when the first argument asks for help.
help_if_asked() {
  case "${1:-}" in
    -h | --help)
      awk 'NR > 2 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$script_path"
      exit 0
      ;;
  esac
}

# How many compilers may run at once: one a processor, and no more than fit into the free memory.
jobs() {
  local -r megabytes_for_a_compiler=1500
  local processors available limit
  processors=$(nproc)
  available=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)
  for limit in /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes; do
    if [[ -r $limit ]] && [[ $(<"$limit") =~ ^[0-9]{1,15}$ ]]; then
      limit=$(($(<"$limit") / 1048576))
      if ((limit < available)); then available=$limit; fi
    fi
  done
  local fitting=$((available / megabytes_for_a_compiler))
  if ((fitting < 1)); then fitting=1; fi
  printf '%d\n' $((processors < fitting ? processors : fitting))
}

# run_tests PRESET [ctest argument...]: the tests of a build that is there. When some fail, what they have said and the
# summary stand at the end once more: between thousands of lines nobody finds them.
run_tests() {
  local -r build=build/$1
  local -r log=$build/tests.log
  shift
  if ctest --test-dir "$build" --output-on-failure -j "$(nproc)" "$@" | tee "$log"; then return 0; fi
  say 'what has failed'
  # Of each the last lines: there the report of a sanitizer stands, and what a test has expected.
  awk -v limit=200 '
    /^[0-9]+\/[0-9]+ Testing: / { name = $0; count = 0 }
    { line[count++ % limit] = $0 }
    /^Test Failed\.$/ {
      print name
      for (i = count > limit ? count - limit : 1; i < count; i++) print line[i % limit]
      print ""
    }
  ' "$build/Testing/Temporary/LastTest.log"
  sed -n '/ tests passed, /,$p' "$log"
  return 1
}
