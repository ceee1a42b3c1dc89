/** The signaling link of one device: opens its connections, and applies faults to them without the device's knowledge. */
import type { Break, LinkAct, LinkScript } from '../../faults/connection/connection-fault.js';
import type { Millis } from '../../protocol/machine.js';
import type { Ending, Transport, TransportSink } from './transport.js';

/** The error of a device whose link, and not the target, refuses connections. */
const LINK_CUT = 'EHOSTUNREACH: the link is cut';

/** Reports of a link fault. `hit` may come from within `begin`, once for each act that took effect. */
export interface LinkReport {
  hit(what: string): void;
  /** Everything is undone, because its time is over or because it was healed; called once. */
  over(): void;
}

/** What a link reports to: of an end also whether a fault of the link made it. */
export interface LinkSink extends Omit<TransportSink, 'closed'> {
  closed(code: number, reason: string, error: string | null, byFault: boolean): void;
}

/** A running link fault. */
export interface LinkRun {
  begin(): void;
  heal(): void;
}

export interface Link {
  /** Opens a connection. While connections are refused it fails like one to an unreachable host. */
  open(sink: LinkSink): Transport;
  run(script: LinkScript, report: LinkReport): LinkRun;
  /** Nothing is read while the device is paused. */
  pause(isPaused: boolean): void;
  /** Whether new connections are currently refused. */
  isCut(): boolean;
  /** Ends all faults silently, and closes abandoned sockets. */
  stop(): void;
}

interface Connection {
  readonly transport: Transport;
  readonly sink: LinkSink;
  state: 'whole' | 'swallowing' | 'abandoned' | 'broken';
  swallows: { up: boolean; down: boolean };
  wasRead: boolean;
  isBrokenByFault: boolean;
}

interface Run {
  readonly script: LinkScript;
  readonly report: LinkReport;
  /** Connections that it turned into a black hole or abandoned. */
  readonly touched: Set<Connection>;
  timer: NodeJS.Timeout | null;
  /** Remaining acts. */
  rest: readonly LinkAct[];
  refuses: boolean;
  /** Whether the refusal of connections was reported; once each time it begins. */
  isRefusalReported: boolean;
  slowMs: Millis;
  waitsForGreeting: boolean;
  isOver: boolean;
}

/** Makes a link without a connection; `connect` opens a real one. */
export function createLink(connect: (sink: TransportSink) => Transport): Link {
  const runs = new Set<Run>();
  const abandoned = new Set<Connection>();
  let current: Connection | null = null;
  let isPaused = false;

  const isAlive = (connection: Connection | null): connection is Connection =>
    connection !== null && (connection.state === 'whole' || connection.state === 'swallowing');

  const failed = (sink: LinkSink, error: string): Transport => {
    setImmediate(() => sink.closed(1006, '', error, true));
    return { isOpen: () => false, send: () => undefined, end: () => undefined, listen: () => undefined, mute: () => undefined };
  };

  const breakOff = (connection: Connection, ending: Break): void => {
    const wasAbandoned = connection.state === 'abandoned';
    connection.state = 'broken';
    connection.isBrokenByFault = true;
    abandoned.delete(connection);
    if (ending.how === 'close') connection.transport.end('close', ending.code, ending.reason);
    else connection.transport.end(ending.how === 'reset' ? 'reset' : 'break');
    if (wasAbandoned) connection.sink.closed = () => undefined;
  };

  /** The device sees its connection close; the socket stays as it is. */
  const abandon = (connection: Connection, byFault: boolean): void => {
    connection.state = 'abandoned';
    connection.transport.mute();
    connection.transport.listen(false);
    abandoned.add(connection);
    if (current === connection) current = null;
    setImmediate(() => connection.sink.closed(1006, '', 'ENETDOWN: the network of the device is gone', byFault));
  };

  const swallow = (connection: Connection, stream: 'both' | 'upstream' | 'downstream'): void => {
    connection.state = 'swallowing';
    connection.swallows.up ||= stream !== 'downstream';
    connection.swallows.down ||= stream !== 'upstream';
    if (connection.swallows.up) connection.transport.mute();
    if (connection.swallows.down) connection.transport.listen(false);
  };

  const act = (run: Run, one: LinkAct): void => {
    const { report, touched } = run;
    switch (one.do) {
      case 'break': {
        // A run breaks the connections that it turned into black holes; otherwise the current one.
        const victims =
          touched.size > 0 ? [...touched].filter(({ state }) => state !== 'broken') : isAlive(current) ? [current] : [];
        touched.clear();
        for (const victim of victims) breakOff(victim, one);
        if (victims.length === 0) return;
        // Attempts that fail after a break are its own effect, and not reported.
        run.isRefusalReported = true;
        report.hit(BROKEN[one.how]);
        return;
      }
      case 'refuse':
        run.refuses = true;
        run.isRefusalReported = false;
        return;
      case 'allow':
        run.refuses = false;
        return;
      case 'swallow':
        if (!isAlive(current)) return;
        touched.add(current);
        swallow(current, one.stream);
        report.hit(`nothing passes on the connection any more${one.stream === 'both' ? '' : ` ${one.stream}`}`);
        return;
      case 'abandon':
        if (!isAlive(current)) return;
        touched.add(current);
        abandon(current, true);
        run.isRefusalReported = true;
        report.hit('the device lost its network; the old socket stays open and silent');
        return;
      case 'close-abandoned':
        for (const connection of touched) if (connection.state === 'abandoned') breakOff(connection, { how: 'silent' });
        return;
      case 'slow-handshake':
        run.slowMs = one.ms;
        return;
      case 'wait':
      case 'wait-registered':
      case 'stay':
        return;
    }
  };

  /** Runs the acts up to the next wait. */
  const goOn = (run: Run): void => {
    while (!run.isOver) {
      const [next, ...rest] = run.rest;
      run.rest = rest;
      if (next === undefined) return finish(run);
      if (next.do === 'stay') return;
      if (next.do === 'wait-registered') {
        run.waitsForGreeting = true;
        return;
      }
      if (next.do === 'wait' && next.ms > 0) {
        run.timer = setTimeout(() => goOn(run), next.ms);
        return;
      }
      act(run, next);
    }
  };

  const finish = (run: Run): void => {
    if (run.isOver) return;
    run.isOver = true;
    if (run.timer !== null) clearTimeout(run.timer);
    for (const one of run.script.undo) act({ ...run, report: { hit: () => undefined, over: () => undefined } }, one);
    runs.delete(run);
    run.report.over();
  };

  const read = (connection: Connection): void => {
    if (connection.wasRead) return;
    connection.wasRead = true;
    for (const run of [...runs]) {
      if (!run.waitsForGreeting) continue;
      run.waitsForGreeting = false;
      goOn(run);
    }
  };

  const really = (sink: LinkSink): Transport => {
    const connection: Connection = {
      transport: connect({
        opened: () => {
          if (isPaused) connection.transport.listen(false);
          if (isAlive(connection)) sink.opened();
        },
        message: (text, bytes) => {
          if (!isAlive(connection) || connection.swallows.down) return;
          read(connection);
          sink.message(text, bytes);
        },
        closed: (code, reason, error) => {
          const wasAbandoned = connection.state === 'abandoned';
          connection.state = 'broken';
          abandoned.delete(connection);
          if (current === connection) current = null;
          if (!wasAbandoned) connection.sink.closed(code, reason, error, connection.isBrokenByFault);
        },
      }),
      sink: { ...sink },
      state: 'whole',
      swallows: { up: false, down: false },
      wasRead: false,
      isBrokenByFault: false,
    };
    current = connection;
    const { transport } = connection;
    return {
      ...transport,
      isOpen: () => isAlive(connection) && transport.isOpen(),
      send(text) {
        if (isAlive(connection) && !connection.swallows.up) transport.send(text);
      },
      // Only where nothing was ever swallowed: what follows proves nothing of it.
      ask: (answered) => {
        if (connection.state === 'whole') transport.ask?.((by) => connection.state === 'whole' && answered(by));
      },
      end(how: Ending) {
        // A black hole also swallows the end: the other side still considers the connection open.
        if (connection.state === 'swallowing' && connection.swallows.up) return abandon(connection, false);
        if (!isAlive(connection)) return;
        connection.state = 'broken';
        transport.end(how);
      },
    };
  };

  return {
    open(sink) {
      const refusing = [...runs].filter(({ refuses }) => refuses);
      for (const run of refusing) {
        if (run.isRefusalReported) continue;
        run.isRefusalReported = true;
        run.report.hit('a connection attempt failed');
      }
      if (refusing.length > 0) return failed(sink, LINK_CUT);
      const slow = [...runs].filter(({ slowMs }) => slowMs > 0);
      const slowMs = slow.reduce((sum, run) => sum + run.slowMs, 0);
      if (slowMs === 0) return really(sink);
      for (const run of slow) run.report.hit(`a connection takes ${slowMs} ms longer to open`);
      return later(slowMs, sink, really);
    },
    run(script, report) {
      const run: Run = {
        script,
        report,
        touched: new Set(),
        timer: null,
        rest: script.acts,
        refuses: false,
        isRefusalReported: false,
        slowMs: 0,
        waitsForGreeting: false,
        isOver: false,
      };
      return {
        begin() {
          if (run.isOver) return;
          runs.add(run);
          goOn(run);
        },
        heal: () => finish(run),
      };
    },
    pause(paused) {
      isPaused = paused;
      if (isAlive(current) && !current.swallows.down) current.transport.listen(!paused);
    },
    isCut: () => [...runs].some(({ refuses }) => refuses),
    stop() {
      for (const run of runs) {
        run.isOver = true;
        if (run.timer !== null) clearTimeout(run.timer);
      }
      runs.clear();
      for (const connection of [...abandoned]) breakOff(connection, { how: 'silent' });
    },
  };
}

const BROKEN: Readonly<Record<Break['how'], string>> = {
  silent: 'the connection broke',
  reset: 'the connection was reset',
  close: 'the connection was closed with a close frame',
};

/** A connection that starts after a delay. */
function later(ms: Millis, sink: LinkSink, open: (sink: LinkSink) => Transport): Transport {
  let transport: Transport | null = null;
  const timer = setTimeout(() => {
    transport = open(sink);
  }, ms);
  return {
    isOpen: () => transport?.isOpen() ?? false,
    send: (text) => transport?.send(text),
    ask: (answered) => transport?.ask?.(answered),
    end(how) {
      clearTimeout(timer);
      transport?.end(how);
    },
    listen: (isListening) => transport?.listen(isListening),
    mute: () => transport?.mute(),
  };
}
