/** HTTP requests of a dialect: what is asked, and what an answer means for the step that asked. Pure. */
import type { HttpRequest, HttpResponse } from '../../probe/adapter/port.js';
import { refusalText } from '../../probe/adapter/refusal-text.js';
import { holds } from './condition.js';
import type { ErrorReply, HttpStep, ScriptStep } from './dialect.js';
import { at } from './path.js';
import { required } from './required.js';
import { fill, type Scope, type Template } from './template.js';
import { clean } from './words.js';

/** Throws NoValue for a URL without a value. */
export function requestOf(step: HttpStep, scope: Scope): HttpRequest {
  const headers = Object.entries(fill(step.headers, scope) as Record<string, unknown>);
  return {
    method: step.method,
    url: String(required(step.url, scope)),
    headers: Object.fromEntries(headers.map(([name, value]) => [name, String(value)])),
    ...(step.body === null ? {} : { body: fill(step.body, scope) }),
  };
}

/** The name of a request as a message: `POST /calls/.../accept`. */
export function requestName(method: string, url: Template): string {
  const parts = url.type === 'text' ? url.parts : [url.type === 'constant' ? String(url.value) : ''];
  const text = parts.map((part) => (typeof part === 'string' ? part : '...')).join('');
  const path = text.replace(/^(\.\.\.|[a-z]+:\/\/[^/]*)(?=\/)/, '').replace(/[?#].*$/s, '');
  return clean(`${method} ${path}`).slice(0, 64);
}

/** Whether an answer is the result of its step, or an error: a status that is not accepted, or what the dialect takes for one. */
export function answerRole({ http, reply }: ScriptStep, answer: HttpResponse, scope: Scope): 'result' | 'error' {
  const error = reply?.error ?? null;
  if (error !== null && holds(error.when, answer, scope)) return 'error';
  if (http?.isRight(answer.status) !== true) return 'error';
  const ok = reply?.ok ?? null;
  return ok === null || holds(ok, answer, scope) ? 'result' : 'error';
}

/** What the server says against a request: the code for `ends`, which is its status unless the dialect takes another, and its words. */
export function refusalIn(error: ErrorReply | null, answer: HttpResponse): { readonly code: string; readonly words: string } {
  const code = String((error?.code == null ? undefined : at(error.code, answer)) ?? answer.status);
  const own = error?.text == null ? undefined : at(error.text, answer);
  const { body } = answer;
  const text = own ?? (typeof body === 'string' ? body : refusalText('', body)) ?? '';
  return { code, words: clean(`${code} ${String(text)}`) };
}
