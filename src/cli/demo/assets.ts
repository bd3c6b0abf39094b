/** Files that come with the package: copied beside this module by the build. */
import { readFile } from 'node:fs/promises';

export const LOAD_BALANCER = new URL('./assets/load-balancer.bpf.o', import.meta.url);
export const TRAFFIC = new URL('./assets/traffic.pcap', import.meta.url);

export async function readAsset(file: URL): Promise<Uint8Array> {
  return new Uint8Array(await readFile(file));
}
