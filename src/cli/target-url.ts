/** The URL of a target as a flag, a setting or an answer gives it. */

/** People know Socket.IO servers by their http:// URL: the same place, as what a WebSocket is opened with. */
export function webSocketUrl(text: string): string {
  return text.replace(/^http(s?):\/\//i, 'ws$1://');
}
