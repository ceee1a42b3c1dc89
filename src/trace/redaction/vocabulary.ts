/**
 * The words that may stand in a shared file whoever wrote them: those of the probe's own sentences, of signalling, of HTTP, SIP and
 * WebSocket status phrases, and of sockets. What a target or a user's file says in other words is replaced.
 */
import { isRole } from './roles.js';

const WORDS: ReadonlySet<string> = new Set(
  (
    'a abandon abandoned abnormal abort aborted about absent accept acceptable accepted accepts access account accounts ack ' +
    'acked acknowledge acknowledged acknowledgement acknowledgements act action actions acts actual adapter adapters add added ' +
    'address addresses admin administrator admitted affect after afterwards again against age agent agentid agents agree agreed ' +
    'agreement ahead alarm alarms algorithm align alive all allow allowed allows alone along already also altered although ' +
    'altname always am ambiguous among an and android anew annotations another answer answered answeredat answering answers any ' +
    'anybody anything anywhere apart api app application applied applies apply apps are args arguments armed around array ' +
    'arrival arrivals arrive arrived arrives arriving arrow article as ask asked asks assertion assumed at attach attached ' +
    'attachment attempt attempts attributes audience audio authenticate authenticated authentication authoritative ' +
    'authorization authorize authorized auto autonumber available avatar average avoid awaits away axis back background ' +
    'backwards bad badge bail ban band bandwidth banned base basic be bearer became because become becomes been before began ' +
    'begin beginning begins begun behind being believe belongs below beside besides better between beyond binary bit bitrate ' +
    'black blackout block blocked body book boolean both bottom bound box brace break breaks bring brings broke broken brought ' +
    'browser bug bugs build built bump bundle bundled burst bursts bus busy but button by bydesign bye byte bytes cache cached ' +
    'call called callee calleeid caller callerid callid calling calls callsync came camera campaign can cancel canceled ' +
    'cancelled candidate candidateinit candidates cannot capabilities capability capacity capitals caption captive capture ' +
    'captured card careless carried carries carry case cause causes cell cellular census cert certificate chain chance change ' +
    'changed changes channel channels character characters chars chart charts chat check checked checker checking choices ' +
    'choose chosen chrome chromium circle claim claims class cleans cleared client clientid clients clock clocks close closed ' +
    'closes closing closure cname code codec codecs codes collapse collection collector column columns come comes command ' +
    'commandid commands commit common compare compared complete completed components compressed condition conditions conference ' +
    'config configuration confirmation confirmed conflict confusion congested conn connect connected connecting connection ' +
    'connectionid connections connectivity connects consent consolas console constant constructor contact contacts content ' +
    'continue control convergence cookie cookies copies copy core correct correlation corrupt corrupted cost could count ' +
    'counted counter counters counts crash crashed create created credential credentials cross crypto cseq csv current customer ' +
    'cut cuts cycles damaged data database date days dead debug december decided decline declined declines decode decoded ' +
    'decoding decoration dedupe deed deep deeper default defect defects defer deferred delay delayed delays delete deleted ' +
    'deliver delivery dependency depends depth desc describe description descriptions design desktop destination destroy ' +
    'destroyed detach detached detail details detected dev development deviation device devices diagnose diagnosed diagnoses ' +
    'diagnosis diagram dial dialect dialects dialed dialer dialing dialled did died dies differ differed difference different ' +
    'differently differs digest digests digits dir direction disagree disagrees disconnect disconnected disconnecting ' +
    'disconnects disk display disposition distribution disturb divergence diverges dm dnd dns do docs document documentation ' +
    'documents does domain done dot double doubled down downlink downstream drain draining draw drawn drop dropped drops dst ' +
    'dtls dumb duplicate duplicated duration during eacces each eaddrinuse eaddrnotavail eai earlier early easyrtc ec echoed ' +
    'econnaborted econnrefused econnreset edge effect ehostunreach eight either element else elsewhere email emfile emit emits ' +
    'emitted empty en enabled encode encoded encoding end ended endedat endedby endpoint endpoints ends enetdown enetunreach ' +
    'engine enoent enospc enotfound enough enter entered entries entry env environment eperm epipe epoch eproto equal equals ' +
    'equiv err error errors esockettimedout established estimated eth etimedout even evenly event events ever every everybody ' +
    'everything everywhere evidence exactly exceed exceeded exception exchanged exist exists exit exited exp expect expectation ' +
    'expectations expected expects expire expired expires expiry explains export expression extended extension extmap eyes fail ' +
    'failed failing fails failure failures falls false family far faster fate fault faults fb fd feature features february ' +
    'fetch fetched few fewer fi field fields figure figures file files fin finding findings finds fingerprint finish fire fired ' +
    'firewall first fit fits five flag flags flaky flap flaps flips flow flowed flowing flows fmtp focus folder folders follow ' +
    'followed follows font footer for forbidden foreign forgets forgot forgotten form format formats forwarded forwards found ' +
    'foundation four fr fragment frame framerate frames freeze fresh friday friend friends from fromid front frozen full ' +
    'function further gap garbage gate gateway gathered gathering gave gemodel generator geos geostationary get gets ghost ' +
    'ghosts github gitlab give given gives glare gmt go goes going gone good goodbye got green greet greeted greeting grew grid ' +
    'ground group grouping groups grow grows grpc guest had half halves handed handle handled handler handlers handles ' +
    'handovers handshake handshakes hang hangs hangup happened has have having he head header headers heal healed health ' +
    'healthy healthz hear heard hears heartbeat heartbeatms heartbeats height held hello help here hex hi hidden hides higher ' +
    'him himself his hit hold holding holds hole home hop host hostile hosts hotel hours how however hq html http https hub ' +
    'hung hungup i ice id identify idle ids if ignore ignored ignores illegal im imageattr impair impaired impairment ' +
    'implemented import in inactive inbound include includes incoming incomingcall incomplete inconclusive index indices ' +
    'infinity info information ini init initial ink inline input inside instant instead insufficient integer interface ' +
    'interfaces internal interrupted into invalid invitation invitations invite invited invitedat invites inviting io ios ip ' +
    'ipc ipv is iso iss issuer it italic item its itself january janus jepsen jiti jitter join joined joins js jsep json jsonl ' +
    'judged july jump jumped jumps junit just jwt kamailio kb kbit keep keepalive keeps kept key keys kick kicked killed kind ' +
    'kinds knew knock knocked knocking know known knows lab label labs ladder ladders lag lanes lang language laptop large ' +
    'larger last lasted lasting lasts late latency later layer leads leaf leak learns least leave leaves left legal legs len ' +
    'length leos less let lets letters level levels lies lift light like limit limited limits line lines link links linux lip ' +
    'list listed listen listener listening listens lists lite literal live lives load loaded loadero lobby local localhost lock ' +
    'locked log logged login logout long longer longest look lookup loop loopback loses losing loss losses lossy lost lot lower ' +
    'ls lte machine made main maintenance make makes malformed mandatory many map mapped mapping mark markdown marked match ' +
    'matched matcher matches matrix matters max maxptime may maybe mb mbit md mdns me mean meaning meanings means meant ' +
    'meanwhile media median meeting member members memory merged mermaid message messageid messages meta method methods metrics ' +
    'microphone mid middle mids might million milliseconds mime min minmax minute minutes misdirected mismatch missed missing ' +
    'mixed mline mlineindex mobile modified moment monday monotonic more most move moved moves ms msg msid mtu much multiple ' +
    'must mutate mute muted mux my name named names namespace nan nat navid nbf ndjson need needed needs negative negotiate ' +
    'negotiation neither nested nests netem network networks never new newer newest news next nick nickname nine no nobody node ' +
    'noise non nonce none noop nor normal not note notes nothing notice noticed notices notification notifications notified ' +
    'notify november now nowhere npm npx null number numbers numeric nums oauth object october odd of off offer offered offers ' +
    'office offline offset often ok okay old older omitted on once one ones online only op opaque open opened opening opens ' +
    'opentelemetry operations option optional options opts opus or order origin origins other others otherwise otlp our out ' +
    'outages outbound outbox outcome outgoing outgoingcall outlasts outline outside over overflow overflowed overhead ' +
    'overloaded overtake overtaken overwritten own owner packet packets page pages pair param parameter params park parked ' +
    'parse parsed parser parsing part partial participant participants particulars parts pass passed passes passing passphrase ' +
    'password past patch path paths pause paused pauses payload payment peer peerid peerjs peers pem pending per percent ' +
    'percentile perfetto permanent permanently persist phase phone pick pickup pictures piece pieces pill pin ping pings pino ' +
    'pipe place placeholder plain platform played playwright please plugin plugindata plus png point pointer policy polling ' +
    'pong populate port portal ports position post ppm prack pre precondition prefers preflight prepare presence presets press ' +
    'pretty previous prflx print prints private probe problem problems proc process processing progress promise proof ' +
    'properties property protected protocol protocols proves proxies proxy ptime publish published pull purpose put pwd quality ' +
    'query queue queued queueid quic quiesce quiesced quiet quota raddr ran random rang range rank rate raw reach reached ' +
    'reaches reaction read reading readings readme reads ready readyz real reason reasons rebind rebound recall receipt ' +
    'receipts receive received receiver receives receiving recipient reckons reconnect reconnected reconnecting record recorded ' +
    'recording recvonly red redacted redaction redial redialed redirect refer referrer refetch refresh refreshed refusal ' +
    'refusals refuse refused refuses register registered registrar registration regular reject rejected relay relayed relays ' +
    'released reloaded relogin remember remembered remembers remote remove removed render renegotiate renegotiation renew ' +
    'reorder reordered repeat repeatable repeated repeats repetition repetitions replace replaced replaces replay replica ' +
    'replies reply report reporter reporters reports request requestid requests require required rerun resends reset resets ' +
    'response rest restart restarted restarting result resume resumed resumes retransmission retried retry retryafterms ' +
    'retrying revive revoked rewrite rewritten rfc rid right ring ringback ringing ringingat ringms rings role roles rollback ' +
    'room roomid rooms root rotate round route router routing row rows rport rsize rst rtcp rtp rtpmap rule ruled rules run ' +
    'running runs said same sample samples sandbox sans satellite satisfiable saturday save savpf saw say saying says scale ' +
    'scenario scenarios schema scheme scope scopes screen script scripts sctp sctpmap sdk sdp sdpmid sdpmlineindex seal search ' +
    'sec second seconds secret secrets section security see seed seeds seems seen segment segments self semantic send sender ' +
    'senderid sending sendonly sendrecv sends sensitive sent sentence september seq sequence serve served server serverrings ' +
    'servers servertime service serving session sessionid sessions set sets setting settings setup seven several sh sha shall ' +
    'shape share shares sharing she shift short shortest should show showed showing shown shows shut shutdown shutting sibling ' +
    'siblings sid side sides sigcont sigkill sign signal signaling signals signature signatures signed sigstop sigterm silence ' +
    'silent silentms simulcast since sip six size sizing skew skill skills skip skipped slashes slicer slow slowed slower ' +
    'slowest slowlink small so socket socketio solid some somebody someone something sometimes soon sorry sound source spaces ' +
    'speak speaker speaks spoken src srf srflx srtp ssl ssrc stack stage stale stall stalled stand standard stands start ' +
    'started starting starts stat state states stats status statuses stay stayed stays step steps still stood stop stopped ' +
    'stopping storage store str stray stream streams strikes string strings stripped struck stun style sub subject subprotocol ' +
    'subscribe subscribed subtest subway success successful such suite sum summary sunday support supported swallow swallowed ' +
    'swallowing swallows swapped swaps switch switching synced syntax system table tables tablet tabular tag tags take taken ' +
    'takes talk talked talking talks tap target targetid targets tcp tcptype team teapot teardown tell telling tells template ' +
    'temporarily temporary ten terminal terms test testcase tests testsuite testsuites text texts than thank thanks that the ' +
    'their them themselves then there these they thing things this those though thread three threshold throttled through thrown ' +
    'throws thursday tick ticket tickets time timed timeout timer timers timerstartedat times timestamp timing timings tip ' +
    'title tls tmp to together toid token tokens told too took tool tools top topic torn total touched toxic toxicity toxics ' +
    'toxiproxy trace traces track tracks trait traits transaction transactionid transactions transfer transferred transit ' +
    'translate transmission transmit transport transports trial trickle tried tries trip trips true truncate truncated trusted ' +
    'truth try trying ttl tuesday tunnel tunnels turn turns tutorial twice two tx txid typ type types typing udp ufrag ui uid ' +
    'unacknowledged unapplied unauthenticated unauthorized unavailable unblock unblocked uncaught unchanged undecipherable ' +
    'undefined under undiagnosed unexpected unhandled unhold unicode uniform uniformly unknown unless unmapped unmute unmuted ' +
    'unnoticed unpack unprocessable unreachable unread unreadable unregister unregistered unseen unsent unshown unsubscribe ' +
    'unsupported until untold untouched untrusted unusable unwritten up update updated upgrade uplink upper ups upstream uri ' +
    'uris url urls usable use used user userid username usernamefragment users uses using usual utc utf uuid valid value values ' +
    'var variable variant variation varies verb verbs verdict verdicts verified version versions vertical very via video ' +
    'videocall view violation visible voice voicemail volume vpn wait waited waiting waits wall wants warm warn warning was way ' +
    'ways we web webrtc webrtcup websocket wednesday weight welcome well went were what whatever when where whether which ' +
    'whichever while who whoever whole whom whose why wi wide width wifi will wins wire with withdraws within without wlan word ' +
    'words work worker workers workflow worse would wrap wrapup write writer writes writing written wrong wrote ws wss www wx ' +
    'xml yaml yes yet yielded yields you your zero'
  ).split(' '),
);

/** Whether a run of letters says nothing of anybody. */
export function isCommon(word: string): boolean {
  return WORDS.has(word.toLowerCase()) || isRole(word);
}
