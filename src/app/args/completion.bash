# Completion of framerace in bash. framerace itself says what fits; this asks it.

_framerace() {
    # Bash cuts words at = and :, which are part of a chain of filters, so the line is cut at blanks instead.
    local line=${COMP_LINE:0:COMP_POINT} words
    read -a words <<<"$line"
    [[ $line != *[[:blank:]] ]] || words+=("")
    local last=$((${#words[@]} - 1))
    local current=${words[last]}
    mapfile -t COMPREPLY < <(FRAMERACE_COMPLETE=bash _CLAP_COMPLETE_INDEX=$last _CLAP_IFS=$'\n' \
        "$1" -- "${words[@]}" 2>/dev/null)

    # Options only after a dash.
    local candidate kept=()
    for candidate in "${COMPREPLY[@]}"; do
        [[ $current != -* && $candidate == -* ]] || kept+=("$candidate")
    done
    COMPREPLY=("${kept[@]}")

    # A chain of filters may go on, and so may a value or a path.
    case ${words[last - 1]}/$current/${COMPREPLY[0]-} in
        -f/* | --filter/* | */--filter=* | *[=:/]) compopt -o nospace ;;
    esac
    [[ ! -e ${COMPREPLY[0]-} ]] || compopt -o filenames

    # Bash replaces only what comes after the last = or : of the word.
    local break=${COMP_WORDBREAKS//[^=:]/}
    [[ -z $break ]] || COMPREPLY=("${COMPREPLY[@]#"${current%"${current##*[$break]}"}"}")
}

complete -o bashdefault -o default -o nosort -F _framerace framerace
