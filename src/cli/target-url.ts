/** The URL of a target from a flag, a setting or an answer. */

/** Socket.IO servers are known by their http:// URL: converts it to the WebSocket URL. */
export function webSocketUrl(text: string): string {
  return text.replace(/^http(s?):\/\//i, 'ws$1://');
}
