# SPDX-License-Identifier: Apache-2.0
# bash completion of the program dialtone: subcommands, flags, and the values that are known.

_dialtone() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} subcommand='' index
  local -r serve_flags='--config --chat --echo --echo-line --hello --daytime --drain --schedulers --io --log-level --help'
  for ((index = 1; index < COMP_CWORD; index++)); do
    case ${COMP_WORDS[index]} in
      -*) ;;
      *)
        subcommand=${COMP_WORDS[index]}
        break
        ;;
    esac
  done
  COMPREPLY=()
  if [[ -z $subcommand ]]; then
    COMPREPLY=($(compgen -W 'serve tree --help --version' -- "$word"))
    return
  fi
  case $subcommand in
    serve | tree) ;;
    *) return ;;
  esac
  # bash takes a URL apart at its colons: what is before the word may be one of them.
  case $before in
    --config) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$word")) ;;
    --chat | --echo | --echo-line | --hello)
      compopt -o nospace 2>/dev/null
      COMPREPLY=($(compgen -W 'tcp:// unix:' -- "$word"))
      ;;
    --daytime)
      compopt -o nospace 2>/dev/null
      COMPREPLY=($(compgen -W 'tcp:// udp:// unix:' -- "$word"))
      ;;
    --io) COMPREPLY=($(compgen -W 'auto uring epoll' -- "$word")) ;;
    --log-level) COMPREPLY=($(compgen -W 'debug info warning error critical off' -- "$word")) ;;
    --drain | --schedulers) ;;
    *) COMPREPLY=($(compgen -W "$serve_flags" -- "$word")) ;;
  esac
}
complete -F _dialtone dialtone
