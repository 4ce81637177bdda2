/** For `sqlite.test.ts`: holds the writer for `ms` and answers how many bytes it was given; NaN ms end the thread. */
export function run(_client: unknown, { body, ms }: { body: Uint8Array; ms: number }): number {
  if (Number.isNaN(ms)) process.exit(1)
  const until = performance.now() + ms
  while (performance.now() < until);
  return body.byteLength
}
