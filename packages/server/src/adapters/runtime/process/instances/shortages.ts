import type { ExitReason, InstanceNotice, Shortage } from '../../../../ports/runtime.ts'

const MEBIBYTE = 1024 * 1024

/** What people are told when a workload wanted more than there is for it: whole sentences, with the figure. */
export const sentences = {
  memoryEnded: (limitBytes: number | undefined) =>
    limitBytes === undefined
      ? 'The memory of the machine was used up, and the kernel ended it.'
      : `It used more than the ${mebibytes(limitBytes)} of memory it may have, and the kernel ended it.`,
  memorySeen: (bytes: number, limitBytes: number) =>
    `It used ${mebibytes(bytes)} of memory; it may have ${mebibytes(limitBytes)}.`,
  memoryHeld: (times: number, limitBytes: number | undefined) =>
    `It used more memory than ${limitBytes === undefined ? 'there is' : `the ${mebibytes(limitBytes)} it may have`}: the kernel ended ${times === 1 ? 'one of its processes' : `${times} of its processes`}.`,
  processesEnded: (limit: number) => `It tried to run more than ${limit} processes and threads at once, and ended.`,
  processesSeen: (count: number, limit: number) => `It had ${count} processes; it may have ${limit}.`,
  processesHeld: (limit: number) => `It is held at ${limit} processes and threads: it tried to start more.`,
  filesHeld: (limit: number) =>
    `One of its processes is held at ${limit} open files and connections: it tried to open more.`,
  filesEnded: (count: number, most: number) =>
    `It had ${count} files and connections open; the whole machine may have ${most}, and the others need some.`,
  diskEnded: (freeBytes: number, floorBytes: number) =>
    `The disk was almost full (${mebibytes(freeBytes)} left, ${mebibytes(floorBytes)} are kept free), and it wrote the most.`,
  portsEnded: (count: number, first: number, last: number) =>
    `It listened on ${count} of the ports ${first} to ${last}, which all workloads share.`,
  logFlood: (bytes: number, minutes: number, keptBytes: number) =>
    `It wrote ${mebibytes(bytes)} into its log within ${minutes === 1 ? 'a minute' : `${minutes} minutes`}; the last ${mebibytes(keptBytes)} are kept.`,
} as const

export function noticeOf(code: Shortage, detail: string): InstanceNotice {
  return { code, detail }
}

/** What programs of all kinds print when they are refused something and give up: messages of the C library, and names of its errors. */
const lastWords: readonly { readonly reason: ExitReason; readonly pattern: RegExp; readonly detail: string }[] = [
  {
    reason: 'port-taken',
    pattern: /address already in use|EADDRINUSE/i,
    detail: 'Another program listened on the port it wanted, and it ended.',
  },
  {
    reason: 'disk-full',
    pattern: /no space left on device|ENOSPC|disk quota exceeded/i,
    detail: 'The disk was full when it wanted to write, and it ended.',
  },
  {
    reason: 'open-files',
    pattern: /too many open files|EMFILE|ENFILE/i,
    detail: 'It had as many files and connections open as it may, and ended.',
  },
]

/** Why a program ended that failed, by the end of its log. */
export function saidWhy(endOfLog: string): { readonly reason: ExitReason; readonly detail: string } | undefined {
  return lastWords.find(({ pattern }) => pattern.test(endOfLog))
}

function mebibytes(bytes: number): string {
  const value = bytes / MEBIBYTE
  return value >= 10 * 1024 ? `${Math.round(value / 1024)} GiB` : `${Math.round(value)} MiB`
}
