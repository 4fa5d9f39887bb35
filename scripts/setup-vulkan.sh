#!/usr/bin/env bash
# Brings software Vulkan drivers, so that WGSL kernels run where there is no GPU: Mesa's llvmpipe, and SwiftShader, on which
# the tests run them a second time (subgroups of 4, no f16, WebGPU's default limits).
#
#     npm run setup:vulkan
#
# llvmpipe is installed where Dawn finds no adapter: Debian and its descendants; root, or sudo. SwiftShader is one library
# out of Debian's package chromium-common, unpacked into node_modules/.cache/swiftshader; a browser's own copy will do.
set -euo pipefail

# Dawn refuses the llvmpipe of Mesa 22.3 (shaderUniform*ArrayDynamicIndexing); 25.0.7 works and has f16.
readonly OLDEST_MESA=23
readonly PACKAGES=(mesa-vulkan-drivers libvulkan1)
readonly SWIFTSHADER=(node_modules/.cache/swiftshader /usr/lib/chromium /opt/google/chrome) # test/core-wgsl/swiftshader.ts

cd "$(dirname "$0")/.."
PATH="$PWD/node_modules/.bin:$PATH" # the project's own Node, also when run without npm
export XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-${TMPDIR:-/tmp}}"

fail() {
  echo "setup-vulkan: $*" >&2
  exit 1
}

# The name of the adapter that Dawn finds; fails where it finds none.
adapter() {
  timeout 60 node --input-type=module -e '
    const { create } = await import("webgpu");
    const gpu = create([]);
    const { info } = (await gpu.requestAdapter()) ?? process.exit(1);
    process.stdout.write(info.description || info.device || info.vendor, () => process.exit(0));
  ' 2>/dev/null </dev/null
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "needs root or sudo to install ${PACKAGES[*]}"
  fi
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

# Whether the version that apt would install from the sources it has is new enough.
candidate_is_new_enough() {
  local version
  version=$(LC_ALL=C apt-cache policy mesa-vulkan-drivers | sed -n 's/^ *Candidate: //p')
  [ -n "$version" ] && [ "$version" != "(none)" ] && dpkg --compare-versions "$version" ge "$OLDEST_MESA"
}

# The machine's own source of suite $1, with the suite replaced by $1-backports: mirror and key stay its own.
backports_source() {
  local suite=$1 files=(/etc/apt/sources.list.d/*.sources)
  if [ -e "${files[0]}" ]; then
    awk -v suite="$suite" 'BEGIN { RS = ""; FS = "\n" }
      $0 ~ "(^|\n)Suites:([^\n]*[ \t])?" suite "([ \t][^\n]*)?(\n|$)" {
        for (i = 1; i <= NF; i++)
          if ($i ~ /^Suites:/) print "Suites: " suite "-backports"
          else if ($i !~ /^#/) print $i
        exit
      }' "${files[@]}"
  fi
}

install_llvmpipe() {
  command -v apt-get >/dev/null ||
    fail "knows Debian and its descendants only; install a Vulkan driver yourself (Mesa >= $OLDEST_MESA, lavapipe)"

  apt update
  if candidate_is_new_enough; then
    apt install -y --no-install-recommends "${PACKAGES[@]}"
  else
    suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    id=$(. /etc/os-release && echo "${ID:-}")
    [ "$id" = debian ] || fail "this ${id:-system}'s Mesa is older than $OLDEST_MESA, and only Debian's backports are known"
    if ! grep -rqs "$suite-backports" /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list; then
      source=$(backports_source "$suite")
      if [ -n "$source" ]; then
        echo "$source" | as_root tee "/etc/apt/sources.list.d/$suite-backports.sources" >/dev/null
      else # the one-line form, before Debian 12
        source=$(sed -nE "s/^(deb .*) $suite( .*)$/\1 $suite-backports\2/p" /etc/apt/sources.list 2>/dev/null | head -n 1)
        [ -n "$source" ] || fail "no source of suite $suite in /etc/apt to copy; add $suite-backports and run again"
        echo "$source" | as_root tee "/etc/apt/sources.list.d/$suite-backports.list" >/dev/null
      fi
      apt update
    fi
    apt install -y --no-install-recommends -t "$suite-backports" "${PACKAGES[@]}"
  fi
}

has_swiftshader() {
  local folder
  for folder in "${SWIFTSHADER[@]}"; do [ ! -e "$folder/vk_swiftshader_icd.json" ] || return 0; done
  return 1
}

# Needs no root: the package is unpacked, not installed.
unpack_swiftshader() {
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
    fail "cannot unpack SwiftShader here; install Chrome or Chromium, whose copy the tests find in ${SWIFTSHADER[*]:1}"
  local scratch
  scratch=$(mktemp -d)
  fetch_chromium "$scratch" || { apt update && fetch_chromium "$scratch"; } ||
    fail "this system has no package chromium-common; install Chrome or Chromium, whose copy the tests find in ${SWIFTSHADER[*]:1}"
  mkdir -p "${SWIFTSHADER[0]}"
  dpkg-deb --fsys-tarfile "$scratch"/*.deb | tar -x -C "$scratch" --wildcards './usr/lib/chromium/*swiftshader*'
  mv "$scratch"/usr/lib/chromium/libvk_swiftshader.so "${SWIFTSHADER[0]}/"
  mv "$scratch"/usr/lib/chromium/vk_swiftshader_icd.json "${SWIFTSHADER[0]}/" # last, since it is what is looked for
  rm -r "$scratch"
}

fetch_chromium() {
  (cd "$1" && apt-get -q -o APT::Sandbox::User= download chromium-common </dev/null)
}

if found=$(adapter); then
  echo "setup-vulkan: nothing to install, Dawn finds $found"
else
  install_llvmpipe
  found=$(adapter) || fail "the driver is installed, but Dawn finds no adapter; is the optional dependency webgpu installed?"
  echo "setup-vulkan: Dawn finds $found"
fi

if has_swiftshader; then
  echo "setup-vulkan: SwiftShader is there"
else
  unpack_swiftshader
  echo "setup-vulkan: SwiftShader lies in ${SWIFTSHADER[0]}"
fi
