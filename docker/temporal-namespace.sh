#!/bin/sh
# The namespace and our search attributes; again is harmless.
set -eu
temporal operator namespace describe --namespace default >/dev/null 2>&1 ||
  temporal operator namespace create --namespace default --retention 30d
present=$(temporal operator search-attribute list --namespace default)
attribute() {
  echo "$present" | grep -qw "$1" ||
    temporal operator search-attribute create --namespace default --name "$1" --type "$2"
}
attribute MlModel Keyword
attribute MlStage Keyword
attribute MlEnvironment Keyword
attribute MlVersion Int
attribute MlNeedsApproval Bool
attribute MlVerdict Keyword
