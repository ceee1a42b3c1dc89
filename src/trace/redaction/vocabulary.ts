/**
 * The words that may stand in a shared file whoever wrote them: those of the probe's own sentences, of signalling, of HTTP, SIP and
 * WebSocket status phrases, and of sockets. What a target or a user's file says in other words is replaced.
 */
import { isRole } from './roles.js';

/** In their shortest form. */
const WORDS: ReadonlySet<string> = new Set(
  (
    'a abandon able abnormal abort about above absent accept acceptable access account accumulate ack acknowledge ' +
    'acknowledgement across act action active actual adapter add additional address admin administrator admitted affect ' +
    'after afterwards again against age agent agentid agree agreement ahead alarm algorithm align alive all allow almost ' +
    'alone along already also altered although altname always am ambiguous among amount an and android anew annotations ' +
    'announce another answer answeredat any anybody anything anywhere apart api app application apply are area args ' +
    'arguments armed around array arrival arrive arrow article as ask assemble assert assertion assign assumed at attach ' +
    'attachment attempt attributes audience audio authenticate authentication authoritative authorization authorize auto ' +
    'autonumber available avatar average avoid awaits away axis back background backwards bad badge bail ban band bandwidth ' +
    'base basic be bear bearer became because become been before began begin begun behind being believe belongs below ' +
    'beside better between beyond binary bit bitrate black blackout block body boolean both bottom bound box brace break ' +
    'bring broke broken brought browser bug build built bump bundle burst bus busy but button buy by bydesign bye byte ' +
    'cache call callee calleeid callerid callid callsync came camera campaign can cancel candidate candidateinit cannot ' +
    'capability capacity capitals caption captive capture card careless carry case cause cell cellular census cert certain ' +
    'certificate chain chance change channel character chars chart chat check choice choose chosen chrome chromium circle ' +
    'claim class cleans clear client clientid clock close closure cname code codec collapse collection collector column ' +
    'come command commandid commit common compare complete components compressed compute concatenate concatenation ' +
    'condition conference config configuration confirmation confirmed conflict confusion congested conn connect connection ' +
    'connectionid connectivity consent consider consolas console constant constructor contact content continue control ' +
    'convergence cookie copy core correct correlation corrupt cost could count counter couple course crash create ' +
    'credential cross crypto cseq csv current custom cut cycles damaged data database date day dead debug december decide ' +
    'decision declare decline decode decoration dedupe deed deep default defect defer define degree delay delete deliver ' +
    'delivery deny dependency depends depth desc describe description design desktop destination destroy detach detail ' +
    'detect dev development deviation device diagnose diagnosis diagram dial dialect did died dies differ difference ' +
    'different difficulty digest digits dir direct direction disagree disallowed discard disconnect disk display ' +
    'disposition distance distinguish distribution disturb divergence diverges dm dnd dns do docs document documentation ' +
    'does domain done dot double down downlink downstream drain draw drawn drive drop dst dtls dumb duplicate duration ' +
    'during e eacces each eaddrinuse eaddrnotavail eai earlier early easyrtc ec echoed econnaborted econnrefused econnreset ' +
    'ed edge effect effort ehostunreach eight either element else elsewhere email emfile emit empty en enabled encode end ' +
    'endedat endedby endpoint enetdown enetunreach engine enoent enospc enotfound enough enter entire entry env environment ' +
    'eperm epipe epoch eproto equal equiv er err error es esockettimedout established estimated eth etimedout even event ' +
    'ever every everybody everything everywhere evidence exact example exceed exception exchanged exist exit exited exp ' +
    'expect expectation experience expire expiry explains export expression extended extension extmap extra eyes fact fail ' +
    'failure fall false family far faster fate fault fb fd feature february feel fetch few fi field figure file fin final ' +
    'find fingerprint finish fire firewall first fit five flag flaky flap flips flow fmtp focus folder follow font footer ' +
    'for forbidden force foreign forge forged forgets forgot forgotten form format former forward found foundation four fr ' +
    'fragment frame framerate free freeze fresh friday friend from fromid front frozen full function further gap garbage ' +
    'gate gateway gathered gathering gave gemodel general generator geos geostationary get ghost github gitlab give given ' +
    'glare gmt go goes going gone good goodbye got green greet grew grid ground group grow grpc guest had half halves hand ' +
    'handle handler handovers handshake hang hangup happen hardly has have he head header heal health healthy healthz hear ' +
    'heard heartbeat heartbeatms height held hello help here hex hi hidden hides high him himself his hit hold hole home ' +
    'hop host hostile hotel hours how however hq html http hub hung hungup i ice id idea identify idle ids ied ies if ' +
    'ignore illegal im imageattr immediately impair impairment implemented import important in inactive inbound include ' +
    'incoming incomingcall incomplete inconclusive indeed index indices infinity info information ing ini init initial ' +
    'inject injector ink inline input inside instant instead insufficient integer interest interface internal interrupted ' +
    'interval into invalid invitation invite invitedat io ios ip ipc ipv is iso iss issue it italic item its itself january ' +
    'janus jepsen jiti jitter join js jsep json jsonl judge judged july jump junit just jwt kamailio kb kbit keep keepalive ' +
    'kept key kick killed kind knew knock know knowledge known lab label lack ladder lag lanes lang language laptop large ' +
    'last late latency latest layer lead leaf leak learn least leave left legal legs len length leos less let letters level ' +
    'lies lift light like limit line link linux lip list listen lite literal live load loadero lobby local localhost lock ' +
    'log login logout long longest look lookup loop loopback lose loss lossy lost lot low ls lte ly machine made main ' +
    'maintenance make malformed mandatory manner many map mark markdown match matrix matters max maximum maxptime may maybe ' +
    'mb mbit md mdns me mean meaning meant meantime meanwhile measure media median meet member memory merged mermaid ' +
    'message messageid meta method metrics microphone mid middle might million milliseconds mime min mind minmax minute ' +
    'misdirected mismatch missed missing mistake mixed mline mlineindex mobile modify moment monday monotonic month more ' +
    'most move ms msg msid mtu much multiple must mutate mute mux my name namespace nan nat nature navid nbf ndjson nearly ' +
    'necessary need negative negotiate negotiation neither nested nests netem network never new newest next nick nickname ' +
    'nine no nobody node noise non nonce none noop nor normal not notallowed note nothing notice notification notify ' +
    'november now nowhere npm npx null number numeric nums oauth object october odd of off offer office offline offset ' +
    'often ok okay old omitted on once one online only op opaque open opentelemetry operations option optional opts opus or ' +
    'order origin other otherwise otlp our out outage outbound outbox outcome outgoing outgoingcall outlasts outline ' +
    'outside over overflow overhead overloaded overtake overtaken overwritten own packet page pair param parameter park ' +
    'parse part partial participant particulars pass passphrase password past patch path pause pay payload payment peer ' +
    'peerid peerjs pem pending per percent percentile perfetto perhaps period permanent persist person phase phone pick ' +
    'pickup pictures pid piece pill pin ping pino pipe place placeholder plain platform play playwright please plugin ' +
    'plugindata plus png point policy polling pong populate port portal position possibility possible possibly post power ' +
    'ppm prack practice pre precondition prefers preflight prepare presence presets press pretty previous prflx print ' +
    'private probability probably probe problem proc process product progress promise proof property protected protocol ' +
    'proves provide proxy ptime publish pull purpose put pwd quality quarter query question queue queueid quic quickly ' +
    'quiesce quiescent quiet quite quota raddr ran random rang range rank rate rather raw reach react reaction read ' +
    'readable reading readme ready readyz real reason rebind rebound recall receipt receive recent recipient reckons ' +
    'recognise recognize reconnect record recvonly red redacted redaction redeliver redial redirect refer refetch refresh ' +
    'refusal refuse register registrar registration regular reject relation relative relay released reloaded relogin remain ' +
    'remember remote remove render renegotiate renegotiation renew reorder repeat repeatable repetition replace replay ' +
    'replica reply report request requestid require rerun resends reset response rest restart restore result resume ' +
    'retransmission retransmit retry retryafterms reveal revive revoked rewrite rewritten rfc rid right ring ringback ' +
    'ringingat ringms role rollback room roomid root rotate round route row rport rsize rst rtcp rtp rtpmap rule run s said ' +
    'same sample sandbox sans satellite satisfiable saturday save savpf saw say scale scenario schema scheme scope screen ' +
    'script sctp sctpmap sdk sdp sdpmid sdpmlineindex seal search sec second secret section security see seem seen segment ' +
    'self semantic send senderid sendonly sendrecv sense sensitive sent sentence separate september seq sequence series ' +
    'serve serverrings servertime service session sessionid set setup seven several sh sha shall shape share she shift ' +
    'short shortest should show shown shut shutdown sibling sid side sigabrt sigbus sigcont sigfpe sighup sigill sigint ' +
    'sigkill sign signal signature sigpipe sigsegv sigstop sigterm silence silent silentms similar simple simply simulcast ' +
    'since single sip sit situation six size skew skill skip slashes slicer slightly slow slowest slowlink small so socket ' +
    'socketio solid some somebody someone something sometimes soon sorry sort sound source space speak special specific ' +
    'spend spent split spoken src srf srflx srtp ssl ssrc stack stage stale stall stand standard start stat state stateful ' +
    'status stay step still stood stop storage store str stray stream strikes string stripped strong struck stun style sub ' +
    'subject subprotocol subscribe subscription subtest subway succeed success successful such suddenly suggest suite sum ' +
    'summary sunday supply support swallow swapped swaps switch synced syntax system table tablet tabular tag take taken ' +
    'talk tap target targetid task tcp tcptype team teapot teardown tell template temporarily temporary ten term terminal ' +
    'terminate test testcase testsuite text than thank that the their them themselves then there therefore these they thing ' +
    'think this those though thread three threshold throttled through thrown throws thursday thus tick ticket time timeout ' +
    'timer timerstartedat timestamp timing tip title tls tmp to today together toid token told tomorrow too took tool top ' +
    'topic torn total touched toxic toxicity toxiproxy trace track trait transaction transactionid transfer transit ' +
    'translate transmission transmit transport treat trial trickle trip trouble true truncate trusted truth try ttl tuesday ' +
    'tunnel turn tutorial twice two tx txid typ type typical udp ufrag ui uid unacknowledged unanswered unapplied ' +
    'unauthenticated unauthorized unavailable unblock uncaught unchanged undecipherable undefined under underground ' +
    'understand undiagnosed unexpected unhandled unhold unicode uniform unit unknown unless unmapped unmute unnoticed ' +
    'unpack unprocessable unreachable unread unreadable unregister unseen unsent unshown unsubscribe unsupported until ' +
    'untold untouched untrusted unusable unwritten up update upgrade uplink upper ups upstream uri url usable use userid ' +
    'username usernamefragment usual utc utf uuid valid value var variable variant variation various vary verb verdict ' +
    'verify version vertical very via video videocall view violation visible voice voicemail volume vpn wait walk wall want ' +
    'warm warn was watch way we web webrtc webrtcup websocket wednesday week weight welcome well went were what whatever ' +
    'when where whether which whichever while who whoever whole whom whose why wi wide width wifi will win wire with ' +
    'withdraws within without wlan word work workflow world worse would wrap wrapup write written wrong wrote ws wss www wx ' +
    'xml y yaml year yes yesterday yet yielded yields you your zero'
  ).split(' '),
);

/** Endings that a word of the list may have, with what stands in their place there. */
const ENDINGS = ['ies y', 'ied y', 'es', 'es e', 's', 'ed', 'ed e', 'ing', 'ing e', 'ly', 'er', 'er e'].map((row) =>
  row.split(' '),
);
const STEM_CHARS_MIN = 3;

/** Whether a run of letters says nothing of anybody. */
export function isCommon(word: string): boolean {
  const lower = word.toLowerCase();
  if (WORDS.has(lower) || isRole(lower)) return true;
  const isStem = (stem: string): boolean => stem.length >= STEM_CHARS_MIN && (WORDS.has(stem) || isRole(stem));
  // `dropped`, `dropping`.
  const doubled = /^(.*([a-z]))\2(?:ed|ing|er)$/.exec(lower)?.[1];
  if (doubled !== undefined && isStem(doubled)) return true;
  return ENDINGS.some(
    ([ending = '', instead = '']) => lower.endsWith(ending) && isStem(lower.slice(0, -ending.length) + instead),
  );
}
