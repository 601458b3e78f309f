#!/usr/bin/env bash
# Lays the runtime, the jar and the natives out in /opt/bargein, where they are in the image: the AOT cache fits no other place.
set -euo pipefail
modules=$1
jdk=$(dirname "$(dirname "$(readlink -f "$(command -v jlink)")")")
home=/opt/bargein
mkdir -p "$home/native"

# No CDS archive: the AOT cache has all of it. Debian's modules have their debugging symbols beside them, 750 MB.
"$jdk/bin/jlink" --add-modules "$modules" --output "$home/java" --vm server --strip-java-debug-attributes --no-header-files --no-man-pages \
  --exclude-files='**.debuginfo' --dedup-legal-notices=error-if-not-same-content
# What is trusted, wherever a distribution's link leads.
rm -f "$home/java/lib/security/cacerts"
cp -L "$jdk/lib/security/cacerts" "$home/java/lib/security/cacerts"

# Of the natives those of Linux on this processor, as files; none in the jar.
case $(uname -m) in
  x86_64) processor=x86_64 ;;
  aarch64) processor=aarch_64 ;;
  *) echo "assemble: $(uname -m) (expected: x86_64 or aarch64)" >&2; exit 1 ;;
esac
jar=$(mktemp -d)
(cd "$jar" && "$jdk/bin/jar" --extract --file /build/bargein-server.jar)
cp "$jar"/META-INF/native/lib*_"$processor".so "$home/native/"
rm -r "$jar/META-INF/native"
mv "$jar/META-INF/MANIFEST.MF" /build/manifest
# One date for all: the cache fits files of the same date, and some builders cut dates to the second or to a given one.
"$jdk/bin/jar" --create --file "$home/bargein-server.jar" --date 2020-01-01T00:00:00Z --manifest /build/manifest -C "$jar" .
rm -r "$jar"
cp /build/java.options "$home/"
find "$home" -exec touch --no-dereference --date=2020-01-01T00:00:00Z {} +
