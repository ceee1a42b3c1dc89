/**
 * A call centre: customers call a queue by its name, all free operators of it ring, the first one who takes the call has it. JSON over
 * WebSocket, with two ways to log in, and verbs that only one of the two kinds of users has. It is sound as it stands; what such
 * servers get wrong, or do in another way by design, can be switched on.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

export interface CallCentreOptions {
  /** Operators who did not take the call are not told that another one did. */
  readonly othersKeepRinging?: boolean;
  /** Every operator who takes a call is told that he has it. */
  readonly isTakenTwice?: boolean;
  /** The answer reaches the customer as two messages, in this order; or only the first half of it. */
  readonly answers?: 'whole' | 'assigned-first' | 'media-first' | 'assigned-only' | 'media-only';
  /** What an operator who comes while a customer waits is told: the call as any new one, the call as one that waits, or nothing. */
  readonly tellsLate?: 'offer' | 'pending' | 'nothing';
  /** How long the server lets a call ring; for ever when left out. */
  readonly ringMs?: number;
}

export interface CallCentre {
  readonly url: string;
  /** What clients said against the rules. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

interface Client {
  readonly socket: WebSocket;
  readonly name: string;
  readonly queue: string | null;
}

interface Ticket {
  readonly id: string;
  readonly queue: string;
  readonly customer: Client;
  readonly sdp: unknown;
  readonly rings: Set<string>;
  /** Candidates of the customer, for whoever takes the call. */
  readonly early: object[];
  operator: Client | null;
  timer: NodeJS.Timeout | null;
}

interface Message {
  readonly type?: string;
  readonly name?: string;
  readonly pin?: string;
  readonly queue?: string;
  readonly ticket?: string;
  readonly to?: string;
  readonly sdp?: unknown;
  readonly candidate?: unknown;
}

/** Starts a call centre on a free port of loopback. */
export async function startCallCentre(options: CallCentreOptions = {}): Promise<CallCentre> {
  const { answers = 'whole', tellsLate = 'offer', ringMs } = options;
  const http = createServer();
  const sockets = new WebSocketServer({ server: http });
  const clients = new Map<string, Client>();
  const tickets = new Map<string, Ticket>();
  const complaints: string[] = [];
  let count = 0;

  const tell = (client: Client | undefined, message: object): void => {
    if (client?.socket.readyState === WebSocket.OPEN) client.socket.send(JSON.stringify(message));
  };
  const operators = (queue: string): Client[] => [...clients.values()].filter((one) => one.queue === queue);
  const isBusy = (operator: Client): boolean => [...tickets.values()].some((ticket) => ticket.operator?.name === operator.name);
  const ringing = ({ rings }: Ticket): Client[] => [...rings].flatMap((name) => clients.get(name) ?? []);
  const over = (ticket: Ticket): void => {
    if (ticket.timer !== null) clearTimeout(ticket.timer);
    tickets.delete(ticket.id);
  };
  const ringAt = (ticket: Ticket, operator: Client, type: string): void => {
    ticket.rings.add(operator.name);
    tell(operator, { type, ticket: ticket.id, customer: ticket.customer.name, sdp: ticket.sdp });
  };
  const gone = (ticket: Ticket, whom: readonly Client[], why: string): void => {
    for (const one of whom) tell(one, { type: 'gone', ticket: ticket.id, why });
  };
  const end = (ticket: Ticket, by: Client, why: string): void => {
    over(ticket);
    const others = ticket.operator === null ? ringing(ticket) : [ticket.operator];
    gone(
      ticket,
      [...others, ticket.customer].filter((one) => one !== by),
      why,
    );
  };

  const call = (customer: Client, { queue = '', sdp }: Message): void => {
    const free = operators(queue).filter((operator) => !isBusy(operator));
    const id = `t${++count}`;
    tell(customer, { type: 'queued', ticket: id });
    if (free.length === 0 && operators(queue).length > 0) return tell(customer, { type: 'gone', ticket: id, why: 'busy' });
    const ticket: Ticket = { id, queue, customer, sdp, rings: new Set(), early: [], operator: null, timer: null };
    tickets.set(id, ticket);
    if (ringMs !== undefined) {
      ticket.timer = setTimeout(() => {
        over(ticket);
        gone(ticket, [...ringing(ticket), customer], 'timeout');
      }, ringMs);
    }
    for (const operator of free) ringAt(ticket, operator, 'offer');
    tell(customer, { type: 'alerting', ticket: id });
  };

  const take = (operator: Client, ticket: Ticket, sdp: unknown): void => {
    if (ticket.operator !== null && options.isTakenTwice !== true) {
      return tell(operator, { type: 'gone', ticket: ticket.id, why: 'taken' });
    }
    ticket.operator ??= operator;
    if (ticket.timer !== null) clearTimeout(ticket.timer);
    const about = { ticket: ticket.id };
    const whole = { type: 'taken', ...about, operator: operator.name, sdp };
    const assigned = { type: 'assigned', ...about, operator: operator.name };
    const media = { type: 'media', ...about, sdp };
    const all = {
      whole: [whole],
      'assigned-first': [assigned, media],
      'media-first': [media, assigned],
      'assigned-only': [assigned],
      'media-only': [media],
    };
    for (const message of all[answers]) tell(ticket.customer, message);
    tell(operator, { type: 'yours', ...about });
    for (const candidate of ticket.early.splice(0)) tell(operator, candidate);
    if (options.othersKeepRinging === true || options.isTakenTwice === true) return;
    gone(
      ticket,
      ringing(ticket).filter(({ name }) => name !== operator.name),
      'taken',
    );
  };

  const skip = (operator: Client, ticket: Ticket): void => {
    ticket.rings.delete(operator.name);
    if (ticket.rings.size > 0 || ticket.operator !== null) return;
    over(ticket);
    gone(ticket, [ticket.customer], 'declined');
  };

  sockets.on('connection', (socket) => {
    let me: Client | null = null;
    const logIn = (name: string, queue: string | null): Client => {
      me = { socket, name, queue };
      clients.set(name, me);
      return me;
    };
    const wrong = (why: string): void => {
      complaints.push(why);
      socket.send(JSON.stringify({ type: 'wrong', why }));
    };
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as Message;
      if (message.type === 'customer.hello') {
        return tell(logIn(message.name ?? '', null), { type: 'welcome', name: message.name });
      }
      if (message.type === 'operator.login') {
        if (message.pin !== '4711') return wrong('wrong pin');
        const operator = logIn(message.name ?? '', message.queue ?? '');
        tell(operator, { type: 'ready', queue: operator.queue });
        const waiting = [...tickets.values()].filter((one) => one.queue === operator.queue && one.operator === null);
        if (tellsLate !== 'nothing') for (const ticket of waiting) ringAt(ticket, operator, tellsLate);
        return;
      }
      if (me === null) return wrong('not logged in');
      if (message.type === 'call') return me.queue === null ? call(me, message) : wrong('operators do not call');
      const ticket = tickets.get(message.ticket ?? '');
      if (ticket === undefined) return;
      const isOperator = me.queue !== null;
      const right = isOperator ? ticket.customer.name : (ticket.operator?.name ?? ticket.queue);
      if (message.to !== undefined && message.to !== right) return wrong(`${message.type} to ${message.to} instead of ${right}`);
      switch (message.type) {
        case 'take':
          return isOperator ? take(me, ticket, message.sdp) : wrong('customers do not take calls');
        case 'skip':
          return isOperator ? skip(me, ticket) : wrong('customers do not skip calls');
        case 'bye':
          return end(ticket, me, ticket.operator === null ? 'left' : 'bye');
        case 'ice':
          if (!isOperator && ticket.operator === null) return void ticket.early.push(message);
          return tell(isOperator ? ticket.customer : (ticket.operator ?? undefined), message);
        default:
          return wrong(`unknown: ${message.type}`);
      }
    });
    socket.on('close', () => {
      if (me === null || clients.get(me.name) !== me) return;
      clients.delete(me.name);
      for (const ticket of [...tickets.values()]) {
        if (ticket.customer === me || ticket.operator === me) end(ticket, me, 'lost');
      }
    });
  });

  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}`,
    complaints,
    close: () =>
      new Promise((resolve) => {
        for (const ticket of tickets.values()) over(ticket);
        for (const socket of sockets.clients) socket.terminate();
        sockets.close();
        http.close(() => resolve());
      }),
  };
}
