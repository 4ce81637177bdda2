import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'

/**
 * Runs `work` while no other process of this machine does so for the same folder. The lock is a listening socket, which the kernel
 * frees with its process, so a crash leaves nothing to clean up; who waits holds a connection to it and is woken by its end. A child that
 * holds the descriptor keeps the lock, should it outlive us.
 * @template T
 * @param {string} folder
 * @param {() => void} onWait called once if somebody else is at work
 * @param {(descriptor: number | undefined) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function exclusively(folder, onWait, work) {
  const name = socketName(folder)
  let waiting = false
  for (;;) {
    const server = await listen(name)
    if (server) {
      try {
        return await work(descriptorOf(server))
      } finally {
        server.close()
        server.release()
      }
    }
    if (!waiting) onWait()
    waiting = true
    await untilFreed(name)
  }
}

/** Abstract on Linux and a pipe on Windows: neither is a file. Elsewhere a file, which a crash leaves behind. */
function socketName(folder) {
  const id = `mllab-${createHash('sha256').update(path.resolve(folder)).digest('hex').slice(0, 24)}`
  if (process.platform === 'linux') return `\0${id}`
  return process.platform === 'win32' ? `\\\\.\\pipe\\${id}` : path.join(tmpdir(), id)
}

function listen(name) {
  return new Promise((resolve, reject) => {
    const waiters = new Set()
    const server = createServer((socket) => {
      waiters.add(socket)
      socket.on('error', () => undefined).on('close', () => waiters.delete(socket))
    })
    server.release = () => waiters.forEach((socket) => socket.destroy())
    server.once('error', (error) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)))
    server.listen(name, () => resolve(server))
    server.unref()
  })
}

async function untilFreed(name) {
  const error = await new Promise((resolve) => {
    const socket = connect(name)
    socket.resume()
    socket.once('error', resolve)
    socket.once('close', () => resolve(undefined))
  })
  const isFile = path.isAbsolute(name) && process.platform !== 'win32'
  if (isFile && error && error.code === 'ECONNREFUSED') await rm(name, { force: true })
}

/** Node has no public way to ask for it, but hands it to a child as any other. */
function descriptorOf(server) {
  const descriptor = server._handle && server._handle.fd
  return typeof descriptor === 'number' && descriptor >= 0 ? descriptor : undefined
}
