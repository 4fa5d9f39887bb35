import { existsSync } from "node:fs";

/** Where scripts/setup-vulkan.sh puts SwiftShader, and where browsers have it. */
const PLACES = [
  new URL("../../node_modules/.cache/swiftshader/vk_swiftshader_icd.json", import.meta.url).pathname,
  "/usr/lib/chromium/vk_swiftshader_icd.json",
  "/opt/google/chrome/vk_swiftshader_icd.json",
];

/** Makes SwiftShader the only Vulkan driver of this process; before Dawn is loaded. Throws where there is none. */
export function useSwiftShader(): void {
  const found = PLACES.find(existsSync);
  if (!found) throw new Error("SwiftShader is not installed; run: npm run setup:vulkan");
  process.env.VK_ICD_FILENAMES = found; // the loader's older name, which all of its versions know
  process.env.VK_DRIVER_FILES = found;
}
