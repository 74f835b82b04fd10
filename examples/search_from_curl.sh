#!/usr/bin/env bash
# Uploads one photo and searches for another in plain words, with nothing but curl.
# Usage: AIONVISION_API_KEY=aion_... examples/search_from_curl.sh [PHOTO] [WORDS]
set -euo pipefail

photo=${1:-$(dirname "$0")/photos/chelsea.jpg}
words=${2:-a cat looking at the camera}
url=${AIONVISION_BASE_URL:-http://127.0.0.1:8000/api/v2}
key=${AIONVISION_API_KEY:?set it to the API key that the server printed at its first start}

# The words become part of a JSON string: its two special characters are escaped.
words=${words//\\/\\\\}
words=${words//\"/\\\"}

curl --fail-with-body --silent --show-error --header "Authorization: Bearer $key" \
    --form "skip_duplicates=true" --form "file=@$photo" "$url/user-files/upload/stream"
echo
curl --fail-with-body --silent --show-error --header "Authorization: Bearer $key" \
    --header "Content-Type: application/json" --data "{\"query\": \"$words\", \"limit\": 3}" "$url/agents/search/images"
echo
