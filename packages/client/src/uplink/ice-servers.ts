/** One link of a `Link` header; commas and semicolons inside quotes belong to their value. */
const LINK = /<([^>]*)>((?:\s*;\s*[\w-]+\s*=\s*(?:"[^"]*"|[^",;\s]*))*)/g;
const PARAMETER = /;\s*([\w-]+)\s*=\s*(?:"([^"]*)"|([^",;\s]*))/g;

/** Reads `rel="ice-server"` links (RFC 9725, section 4.6); whatever else there is, is skipped. */
export function parseIceServers(header: string | null): RTCIceServer[] {
  const servers: RTCIceServer[] = [];
  for (const [, urls = "", rest = ""] of (header ?? "").matchAll(LINK)) {
    const found = [...rest.matchAll(PARAMETER)].map(
      ([, name = "", quoted, plain]) => [name.toLowerCase(), quoted ?? plain ?? ""] as const,
    );
    const { rel, username, credential } = Object.fromEntries(found);
    if (rel !== "ice-server" || !/^(stun|turns?):/.test(urls)) continue;
    const isOpen = username === undefined || credential === undefined;
    servers.push(isOpen ? { urls } : { urls, username, credential });
  }
  return servers;
}
