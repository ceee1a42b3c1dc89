/** Networks that people are on, as faults of their two links: names, numbers and where the numbers come from. */

/** The faults of one link as a scenario writes them, each map a fault of its own. */
export type ProfileLink = readonly Readonly<Record<string, string | number>>[];

export interface Profile {
  readonly name: string;
  /** One sentence for the documents. */
  readonly doc: string;
  /** Where the numbers are from. */
  readonly source: string;
  readonly signaling: ProfileLink;
  readonly media: ProfileLink;
}

const STR0M = 'the presets of str0m-netem (2026)';
const WPT = 'WebPageTest, connectivity.ini.sample: bandwidth and half of the round trip';
const LOADERO = 'Loadero, network conditions: jitter and loss';

/** Latency is one-way. Losses come in bursts of 1/r packets (Gilbert-Elliott); over TCP their share shows as stalls. */
export const PROFILES: readonly Profile[] = [
  {
    name: 'wifi',
    doc: 'Good Wi-Fi: 5 ms, 1 % of the packets lost in short bursts.',
    source: STR0M,
    signaling: [{ latency: '5ms', jitter: '2ms', loss: '1%', bandwidth: '100Mbit/s' }],
    media: [{ latency: '5ms', jitter: '2ms', gemodel: '0.5%', r: '50%', rate: '100Mbit/s' }],
  },
  {
    name: 'wifi-lossy',
    doc: 'Wi-Fi at the edge of its reach: 15 ms, 5 % lost.',
    source: STR0M,
    signaling: [{ latency: '15ms', jitter: '10ms', loss: '5%', bandwidth: '50Mbit/s' }],
    media: [{ latency: '15ms', jitter: '10ms', gemodel: '2.5%', r: '50%', rate: '50Mbit/s' }],
  },
  {
    name: 'wifi-congested',
    doc: 'Wi-Fi that others stream over: 10 ms with 20 ms of jitter, 10 % lost.',
    source: STR0M,
    signaling: [{ latency: '10ms', jitter: '20ms', loss: '10%', bandwidth: '5Mbit/s' }],
    media: [{ latency: '10ms', jitter: '20ms', loss: '10%', rate: '5Mbit/s' }],
  },
  {
    name: 'lte',
    doc: 'A good mobile network: 35 ms, 12 Mbit/s.',
    source: `${WPT}; ${LOADERO}`,
    signaling: [{ latency: '35ms', jitter: '5ms', loss: '0.2%', bandwidth: '12Mbit/s' }],
    media: [{ latency: '35ms', jitter: '5ms', loss: '0.2%', rate: '12Mbit/s' }],
  },
  {
    name: '4g',
    doc: 'A usual mobile network: 85 ms, 9 Mbit/s, 2 % lost at handovers.',
    source: `${WPT}; losses as in ${STR0M}, cellular`,
    signaling: [{ latency: '85ms', jitter: '15ms', loss: '2%', bandwidth: '9Mbit/s' }],
    media: [{ latency: '85ms', jitter: '15ms', gemodel: '1%', r: '50%', rate: '9Mbit/s' }],
  },
  {
    name: '3g',
    doc: 'A slow mobile network: 150 ms with 50 ms of jitter, 1.6 Mbit/s.',
    source: `${WPT}; ${LOADERO}`,
    signaling: [{ latency: '150ms', jitter: '50ms', loss: '0.5%', bandwidth: '1.6Mbit/s' }],
    media: [{ latency: '150ms', jitter: '50ms', loss: '0.5%', rate: '1.6Mbit/s' }],
  },
  {
    name: 'edge',
    doc: 'The slowest that a call is tried on: 420 ms with 100 ms of jitter, 200 kbit/s.',
    source: `${WPT}; ${LOADERO}`,
    signaling: [{ latency: '420ms', jitter: '100ms', loss: '1%', bandwidth: '200kbit/s' }],
    media: [{ latency: '420ms', jitter: '100ms', loss: '1%', rate: '200kbit/s' }],
  },
  {
    name: 'satellite',
    doc: 'A geostationary satellite: 300 ms one way, 3 % lost in longer bursts.',
    source: `APNIC Labs, Using LEOs and GEOs (2022): round trips of 600 ms; the rest from ${STR0M}`,
    signaling: [{ latency: '300ms', jitter: '30ms', loss: '3%', bandwidth: '15Mbit/s' }],
    media: [{ latency: '300ms', jitter: '30ms', gemodel: '1%', r: '33%', rate: '15Mbit/s' }],
  },
  {
    name: 'subway',
    doc: 'A mobile network under ground: as 4g, and away for 1.5 s in every tunnel, 4 s apart.',
    source: 'made for this tool: 4g, with the tunnels as flaps of the connection',
    signaling: [
      { latency: '85ms', jitter: '15ms', loss: '2%', bandwidth: '9Mbit/s' },
      { flap: '1.5s', up: '4s', cycles: 100, after: '2s' },
    ],
    media: [{ latency: '85ms', jitter: '15ms', gemodel: '1%', r: '50%', rate: '9Mbit/s' }],
  },
  {
    name: 'captive-portal',
    doc: 'A network that lets nobody out before he has agreed to its terms: 2 s without any connection, then as wifi.',
    source: 'made for this tool: wifi, behind a gate',
    signaling: [{ refuse: '2s' }, { latency: '5ms', jitter: '2ms', loss: '1%', bandwidth: '100Mbit/s' }],
    media: [{ latency: '5ms', jitter: '2ms', gemodel: '0.5%', r: '50%', rate: '100Mbit/s' }],
  },
  {
    name: 'udp-blocked',
    doc: 'A firewall that lets no UDP through, in an office or a hotel: signaling is as it was, media never comes up.',
    source: 'made for this tool',
    signaling: [],
    media: [{ 'block-udp': 'on' }],
  },
];
