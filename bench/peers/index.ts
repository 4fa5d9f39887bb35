import type { Contestant } from "../contestant.ts";
import { openJax } from "./jax.ts";
import { openTfjs } from "./tfjs.ts";
import { openTorch } from "./torch.ts";

/** All peers that are installed; says which are not. */
export async function openPeers({ threads }: { threads: number }): Promise<Contestant[]> {
  const peers: Contestant[] = [];
  for (const open of [openTfjs, openJax, openTorch]) {
    const peer = await open({ threads });
    if (typeof peer === "string") console.error(`without ${peer}`);
    else peers.push(peer);
  }
  return peers;
}
