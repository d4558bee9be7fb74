#!/usr/bin/env bash
# What the documents and the errors' hints say is there: files, functions, variables, command lines (tools/check-docs).
exec "$(dirname "$0")/../../tools/check-docs" "$1"
