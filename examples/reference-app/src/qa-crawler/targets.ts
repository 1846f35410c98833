/**
 * Whether the crawler may visit an address: http or https, no credentials in it, and a host that is
 * listed. A server that fetches what people type must not reach into its own network.
 */
export function isAllowed(address: string, hosts: readonly string[]): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, host, username, password } = new URL(address)
  return /^https?:$/.test(protocol) && username === '' && password === '' && hosts.includes(host)
}
