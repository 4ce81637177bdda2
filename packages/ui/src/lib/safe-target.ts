/**
 * Where to go after logging in, from the address bar: only a path of this server, so that a link cannot send people elsewhere with
 * their trust. Null for anything else.
 * @param to path with query and hash, `/app/p/churn`, `/apps/open?app=…`
 * @param origin of the page, `https://lab.example.org`
 */
export function safeTarget(to: string | undefined, origin: string): string | null {
  // Browsers read `//host` and `/\host` as another host, and drop tabs and line ends before they look.
  if (!to?.startsWith('/') || /^\/[/\\]|[\t\r\n]/.test(to)) return null
  const target = URL.parse(to, origin)
  return target?.origin === origin ? `${target.pathname}${target.search}${target.hash}` : null
}
