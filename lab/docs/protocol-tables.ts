/** The tables of the protocol document, made from the code that they describe. */
import { type Cell, LEGAL_MOVES, MOVER, MOVES, PHASES } from '../../src/protocol/call.js';
import { LIMITS, WAIT_TABLE } from '../../src/protocol/limits.js';
import { CLOSE, END_REASONS, REFUSALS } from '../../src/protocol/reasons.js';

/** Markdown tables by the name of their marker in `docs/protocol.md`. */
export function protocolTables(): Readonly<Record<string, string>> {
  return {
    moves: table(
      ['move', 'by', ...PHASES],
      MOVES.map((move) => [`\`${move}\``, MOVER[move].join(', '), ...PHASES.map((phase) => cellText(LEGAL_MOVES[phase][move]))]),
    ),
    diagram: ['```mermaid', 'stateDiagram-v2', '  [*] --> inviting: invite', ...arrows(), '```'].join('\n'),
    refusals: table(['code', 'meaning'], rowsOf(REFUSALS)),
    reasons: END_REASONS.map((reason) => `\`${reason}\``).join(' '),
    closes: table(
      ['name', 'code', 'reason'],
      Object.entries(CLOSE).map(([name, { code, reason }]) => [`\`${name}\``, String(code), reason]),
    ),
    limits: table(['limit', 'value'], rowsOf(LIMITS)),
    waits: table(
      ['wait', 'milliseconds', 'who', 'what for'],
      Object.entries(WAIT_TABLE).map(([name, { ms, of, what }]) => [`\`${name}\``, String(ms), WHO[of], what]),
    ),
  };
}

const WHO = { both: 'server and device', device: 'device', server: 'server' } as const;

function cellText(cell: Cell): string {
  if ('refuse' in cell) return `refused: \`${cell.refuse}\``;
  if ('same' in cell) return 'no change';
  return cell.to === 'ended' ? `**ended** \`${cell.reason}\`` : `**${cell.to}**`;
}

/** One arrow per pair of phases, with all moves that lead from one to the other. */
function arrows(): string[] {
  const moves = new Map<string, string[]>();
  for (const phase of PHASES) {
    for (const move of MOVES) {
      const cell = LEGAL_MOVES[phase][move];
      if (!('to' in cell)) continue;
      const key = `${phase} --> ${cell.to}`;
      moves.set(key, [...(moves.get(key) ?? []), move]);
    }
  }
  return [...moves].map(([key, names]) => `  ${key}: ${names.join(', ')}`).concat('  ended --> [*]');
}

function rowsOf(values: Readonly<Record<string, string | number>>): string[][] {
  return Object.entries(values).map(([name, value]) => [`\`${name}\``, String(value)]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
