/** Where a foreign target accepts connections: learnt from the connections of its adapter. */
import type { Adapter } from '../adapter/port.js';
import type { SocketSettings } from '../links/transport.js';
import type { Endpoint } from './health-check.js';

/** The adapter, and the endpoint of its latest connection; at first the target's own URL. */
export function withEndpoint(
  adapter: Adapter,
  url: string,
  settings: SocketSettings,
): { readonly adapter: Adapter; endpoint(): Endpoint } {
  let last: Endpoint = { url: bare(url), subprotocols: [], settings };
  const noted: Adapter = {
    ...adapter,
    connect: (agent, prepared) => {
      const spec = adapter.connect(agent, prepared);
      if (URL.canParse(spec.url)) last = { url: bare(spec.url), subprotocols: spec.subprotocols ?? [], settings };
      return spec;
    },
  };
  return { adapter: noted, endpoint: () => last };
}

/** Without the query: with an id or a token in it, a health check could replace the user's connection. */
function bare(url: string): string {
  const place = new URL(url);
  place.search = '';
  place.hash = '';
  return place.href;
}
