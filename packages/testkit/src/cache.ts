import os from 'node:os'
import path from 'node:path'

/** Folder for what is costly to make and safe to keep between test runs: environments, packages. Everything works when it is empty. */
export function testCache(name: string): string {
  return path.join(
    process.env['LAB_TEST_CACHE'] ??
      path.join(process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache'), 'mllab-test'),
    name,
  )
}
