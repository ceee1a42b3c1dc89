/** Questions on a terminal: a wrong answer is asked for again, "back" returns to the one before, Ctrl-C and Ctrl-D end quietly. */
import { createInterface } from 'node:readline';

/** An answer, or why it is none. */
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

export interface Question {
  readonly text: string;
  /** The answer of an empty line. */
  readonly standard: () => string;
  /** Takes an answer; returns why it is none, or null. */
  readonly take: (text: string) => string | null;
  readonly isAsked: () => boolean;
}

/** A question whose answer may be given by a flag; then it is not asked. */
export function ask<T>(
  given: string | undefined,
  text: string,
  standard: () => string,
  read: (text: string) => Read<T>,
  set: (value: T) => void,
  isAsked: () => boolean = () => true,
): Question {
  return {
    text,
    standard,
    take(answer) {
      const checked = read(answer);
      if (!checked.ok) return checked.why;
      set(checked.value);
      return null;
    },
    isAsked: () => given === undefined && isAsked(),
  };
}

/** Asks them in order; false if the user ended it. */
export function answered(
  questions: readonly Question[],
  { input, output }: { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream },
): Promise<boolean> {
  const lines = createInterface({ input, output });
  const asked: number[] = [];
  let at = -1;
  return new Promise((resolve) => {
    let isDone = false;
    const end = (isAnswered: boolean): void => {
      if (isDone) return;
      isDone = true;
      lines.close();
      if (!isAnswered) output.write('\n');
      resolve(isAnswered);
    };
    const prompt = (): void => {
      const question = questions[at];
      if (question === undefined) return end(true);
      lines.setPrompt(`${question.text} [${question.standard()}] `);
      lines.prompt();
    };
    const next = (): void => {
      do at += 1;
      while (questions[at]?.isAsked() === false);
      prompt();
    };
    lines.on('line', (line) => {
      const question = questions[at];
      const text = line.trim();
      if (isDone || question === undefined) return;
      if (text === 'back') {
        at = asked.pop() ?? at;
        return prompt();
      }
      const wrong = question.take(text === '' ? question.standard() : text);
      if (wrong !== null) {
        output.write(`${JSON.stringify(text.slice(0, 80))}: ${wrong}\n`);
        return prompt();
      }
      asked.push(at);
      next();
    });
    lines.on('SIGINT', () => end(false));
    lines.on('close', () => end(false));
    if (questions.some(({ isAsked }) => isAsked()))
      output.write('An empty line takes the answer in brackets; "back" returns to the question before.\n');
    next();
  });
}
