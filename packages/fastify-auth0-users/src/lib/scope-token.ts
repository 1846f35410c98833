/** Whether a text is a scope-token (RFC 6749 §3.3): printable ASCII without space, `"` and `\`. */
export function isScopeToken(text: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(text)
}
