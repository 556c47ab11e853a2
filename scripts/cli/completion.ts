export const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

export const isShell = (name: string): name is Shell => shells.some((shell) => shell === name);

export interface OfferedVerb {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly { readonly option: string; readonly words: string }[];
}

/** A script for a shell: verbs first, then a verb's options, else files. */
export function completionOf(shell: Shell, verbs: readonly OfferedVerb[]): string {
  switch (shell) {
    case 'bash':
      return bash(verbs);
    case 'zsh':
      return `#compdef temporal-mlops\nautoload -U +X bashcompinit && bashcompinit\n${bash(verbs)}`;
    case 'fish':
      return fish(verbs);
  }
}

function bash(verbs: readonly OfferedVerb[]): string {
  const cases = verbs.map(
    ({ name, options }) => `    ${name}) words="${options.map(({ option }) => `--${option}`).join(' ')}" ;;`,
  );
  return [
    '_temporal_mlops() {',
    '  local current="${COMP_WORDS[COMP_CWORD]}" words=""',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W "${verbs.map(({ name }) => name).join(' ')} --help --version" -- "$current"))`,
    '    return',
    '  fi',
    '  case "${COMP_WORDS[1]}" in',
    ...cases,
    '  esac',
    '  case "$current" in',
    '    -*) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;',
    '    *) COMPREPLY=($(compgen -f -- "$current")) ;;',
    '  esac',
    '}',
    'complete -o filenames -F _temporal_mlops temporal-mlops',
  ].join('\n');
}

function fish(verbs: readonly OfferedVerb[]): string {
  const lines = verbs.flatMap(({ name, summary, options }) => [
    `complete -c temporal-mlops -n __fish_use_subcommand -f -a ${name} -d ${quoted(summary)}`,
    ...options.map(
      ({ option, words }) =>
        `complete -c temporal-mlops -n '__fish_seen_subcommand_from ${name}' -l ${option} -d ${quoted(words)}`,
    ),
  ]);
  return lines.join('\n');
}

const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;
