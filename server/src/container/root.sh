#!/usr/bin/env bash
# Gathers the image's root folder: /opt/bargein, the libraries of the system that its binaries name, and the few files these read.
set -euo pipefail
root=/root-of-image
mkdir -p "$root"/{etc,proc,sys,dev,home/bargein,opt,var/lib/dpkg/status.d}

# For an engine that mounts something there; nothing needs it.
mkdir -m 1777 "$root/tmp"

cp -a /opt/bargein "$root/opt/"
find /opt/bargein/java /opt/bargein/native \( -name '*.so' -o -path '*/bin/java' \) -exec ldd {} + | grep -oE '/[^ :]+\.so[^ :]*' | grep -v '^/opt/' | sort -u \
  | while read -r library; do
  cp -L --parents "$library" "$root"
  # For scanners, and for the licences' sake: which packages these are.
  for package in $(dpkg -S "*/$(basename "$library")" 2>/dev/null | grep -v '^diversion' | sed 's/[:,].*//' | sort -u); do
    if dpkg -L "$package" | grep -qF "/$(basename "$library")" && [ ! -e "$root/var/lib/dpkg/status.d/$package" ]; then
      dpkg -s "$package" >"$root/var/lib/dpkg/status.d/$package"
      cp -L --parents "/usr/share/doc/$package/copyright" "$root"
    fi
  done
done

cp -L /etc/os-release "$root/etc/os-release"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
echo 'bargein:x:10001:10001::/home/bargein:/sbin/nologin' >"$root/etc/passwd"
echo 'bargein:x:10001:' >"$root/etc/group"
