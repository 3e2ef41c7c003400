#!/usr/bin/env bash
# Test every contract at night (or those that are named), in any CI: docs/nightly.md says what to set up.
# Keep reports/ from one night to the next: its history.db is what a night is compared with.
set -euo pipefail

contracts=$(specwitness contracts "$@")
gravest=0
unsaid=0
while IFS=$'\t' read -r contract base_url allow_writes _; do
  options=(--contract "$contract" --profile nightly)
  if [ -n "${!allow_writes:-}" ]; then options+=(--allow-writes); fi
  if [ -n "${!base_url:-}" ]; then
    options+=(--base-url "${!base_url}")
  else
    echo "$base_url is not set: $contract is tested against the embedded mock"
  fi

  # What a run that leaves no report has not said, an older report must not say again.
  rm -f reports/latest reports/latest.txt
  status=0
  pytest --pyargs specwitness.suite "${options[@]}" < /dev/null || status=$?
  # 1, something breaks, is graver than 6, too little was seen; what is neither is a fault of the run itself.
  case "$gravest,$status" in
    0,* | 6,[!0]*) gravest=$status ;;
    1,[2-5]*) gravest=$status ;;
  esac

  # Where there can be no links, latest.txt names the folder that `latest` is.
  if [ -e reports/latest ] || [ -e reports/latest.txt ]; then
    if [ -n "${SPECWITNESS_REPO:-}${SPECWITNESS_NOTIFY:-}" ]; then
      announced=0
      specwitness announce latest --repo "${SPECWITNESS_REPO:-}" < /dev/null || announced=$?
      if [ "$announced" -ne 0 ]; then
        echo "$contract: not all was announced (exit code $announced)" >&2
        unsaid=$announced
      fi
    fi
  fi
done <<< "$contracts"
# A verdict is graver than that it could not be announced.
if [ "$gravest" -eq 0 ]; then gravest=$unsaid; fi
exit "$gravest"
