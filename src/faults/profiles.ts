/** Network profiles as faults of both links: names, numbers and the source of the numbers. */

/** The faults of one link as a scenario writes them; each map is a separate fault. */
export type ProfileLink = readonly Readonly<Record<string, string | number>>[];

export interface Profile {
  readonly name: string;
  /** One sentence for the documents. */
  readonly doc: string;
  /** The source of the numbers. */
  readonly source: string;
  readonly signaling: ProfileLink;
  readonly media: ProfileLink;
}

const STR0M = 'the presets of str0m-netem (2026)';
const WPT = 'WebPageTest, connectivity.ini.sample: bandwidth and half of the round trip';
const LOADERO = 'Loadero, network conditions: jitter and loss';

/** Latency is one-way. Losses come in bursts of 1/r packets (Gilbert-Elliott); over TCP they show as stalls. */
export const PROFILES: readonly Profile[] = [
  {
    name: 'wifi',
    doc: 'Good Wi-Fi: 5 ms, 1 % loss in short bursts.',
    source: STR0M,
    signaling: [{ latency: '5ms', jitter: '2ms', loss: '1%', bandwidth: '100Mbit/s' }],
    media: [{ latency: '5ms', jitter: '2ms', gemodel: '0.5%', r: '50%', rate: '100Mbit/s' }],
  },
  {
    name: 'wifi-lossy',
    doc: 'Wi-Fi at the edge of its range: 15 ms, 5 % loss.',
    source: STR0M,
    signaling: [{ latency: '15ms', jitter: '10ms', loss: '5%', bandwidth: '50Mbit/s' }],
    media: [{ latency: '15ms', jitter: '10ms', gemodel: '2.5%', r: '50%', rate: '50Mbit/s' }],
  },
  {
    name: 'wifi-congested',
    doc: 'Busy Wi-Fi: 10 ms with 20 ms of jitter, 10 % loss.',
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
    doc: 'An average mobile network: 85 ms, 9 Mbit/s, 2 % loss at handovers.',
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
    doc: 'The slowest network that is tested: 420 ms with 100 ms of jitter, 200 kbit/s.',
    source: `${WPT}; ${LOADERO}`,
    signaling: [{ latency: '420ms', jitter: '100ms', loss: '1%', bandwidth: '200kbit/s' }],
    media: [{ latency: '420ms', jitter: '100ms', loss: '1%', rate: '200kbit/s' }],
  },
  {
    name: 'satellite',
    doc: 'A geostationary satellite: 300 ms one way, 3 % loss in longer bursts.',
    source: `APNIC Labs, Using LEOs and GEOs (2022): round trips of 600 ms; the rest from ${STR0M}`,
    signaling: [{ latency: '300ms', jitter: '30ms', loss: '3%', bandwidth: '15Mbit/s' }],
    media: [{ latency: '300ms', jitter: '30ms', gemodel: '1%', r: '33%', rate: '15Mbit/s' }],
  },
  {
    name: 'subway',
    doc: 'A mobile network underground: like 4g, with an outage of 1.5 s in every tunnel, 4 s apart.',
    source: 'made for this tool: 4g, with the tunnels as flaps of the connection',
    signaling: [
      { latency: '85ms', jitter: '15ms', loss: '2%', bandwidth: '9Mbit/s' },
      { flap: '1.5s', up: '4s', cycles: 100, after: '2s' },
    ],
    media: [{ latency: '85ms', jitter: '15ms', gemodel: '1%', r: '50%', rate: '9Mbit/s' }],
  },
  {
    name: 'captive-portal',
    doc: 'A network with a captive portal: no connection for 2 s, then like wifi.',
    source: 'made for this tool: wifi behind a portal',
    signaling: [{ refuse: '2s' }, { latency: '5ms', jitter: '2ms', loss: '1%', bandwidth: '100Mbit/s' }],
    media: [{ latency: '5ms', jitter: '2ms', gemodel: '0.5%', r: '50%', rate: '100Mbit/s' }],
  },
  {
    name: 'udp-blocked',
    doc: 'A firewall that blocks UDP, as in an office or a hotel: signaling works, media never comes up.',
    source: 'made for this tool',
    signaling: [],
    media: [{ 'block-udp': 'on' }],
  },
];
