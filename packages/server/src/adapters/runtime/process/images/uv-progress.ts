import type { ImageProgress } from '../../../../ports/runtime.ts'

/** Shares of the bar: before the downloads, after them, after the installation. The rest is the warm-up. */
const RESOLVED = 4
const DOWNLOADED = 55
const INSTALLED = 70

const UNITS: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }

/**
 * Turns what uv 0.13 writes to stderr without a terminal into progress of 100. uv names only files of about 1 MiB and more, and tells
 * nothing from inside a file.
 */
export function createUvProgress(report: (progress: ImageProgress) => void) {
  const announced = new Map<string, number>()
  const finished = new Set<string>()
  let done = 0

  const emit = (step: string, atLeast: number, line?: string) => {
    done = Math.max(done, Math.round(atLeast))
    report({ step, done, total: 100, unit: 'steps', ...(line !== undefined && { line }) })
  }
  const downloaded = () => {
    const all = [...announced.values()].reduce((sum, bytes) => sum + bytes, 0)
    const here = [...finished].reduce((sum, name) => sum + (announced.get(name) ?? 0), 0)
    return RESOLVED + (DOWNLOADED - RESOLVED) * (all === 0 ? 0 : here / all)
  }

  return {
    step: emit,
    line: (line: string) => {
      const start = /^\s*Downloading (\S+) \(([\d.]+)(KiB|MiB|GiB)\)/.exec(line)
      const end = /^\s*Downloaded (\S+)/.exec(line)
      const count = /^(Resolved|Prepared|Installed) (\d+) packages?/.exec(line)
      if (start) {
        announced.set(start[1] ?? '', Number(start[2]) * (UNITS[start[3] ?? ''] ?? 0))
        emit(`Downloading ${start[1]} (${start[2]} ${start[3]})`, downloaded(), line)
      } else if (end) {
        finished.add(end[1] ?? '')
        emit(`Downloaded ${end[1]}`, downloaded(), line)
      } else if (count?.[1] === 'Resolved') {
        emit(`Found ${count[2]} packages`, RESOLVED, line)
      } else if (count?.[1] === 'Prepared') {
        emit(`Installing ${count[2]} packages`, DOWNLOADED, line)
      } else if (count) {
        emit(`Installed ${count[2]} packages`, INSTALLED, line)
      }
    },
  }
}
