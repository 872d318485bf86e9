# zsh-complete.zsh SCRIPT TYPED...: what an interactive zsh shows when Tab is pressed twice behind each TYPED. ^X marks the end.
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "stty rows 500 cols 200; autoload -Uz compinit; compinit -u -D; LISTMAX=0
say() { print -r -- \$1 }
show-end() { zle -I; say ---end---; zle send-break }; zle -N show-end; bindkey ^X show-end
source ${(q)1}; say ---ready---"
zpty -r shell shown '*---ready---'$'\r'
for typed in "${@:2}"; do
  zpty -w -n shell "$typed"$'\t\t\x18'
  zpty -r shell shown '*---end---'$'\r'
  print -r -- "$shown"
done
zpty -d shell
