// Becomes code-server behind a socket that somebody else has opened: node serve.cjs FD
// Its own `entry.js` would put a second process before it, which costs 75 MB and does not pass the socket on.
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')

const fd = Number(process.argv[2])
const home = process.cwd()
const data = path.join(home, '.lab', 'vscode')
const sockets = process.env.XDG_RUNTIME_DIR ?? data

// Says that somebody looks after this process; without it the editor's server also opens a port of its own.
process.env.CODE_SERVER_PARENT_PID = String(process.ppid)
// What the command `code-server` in terminals runs with.
process.env.NODE_EXEC_PATH = process.execPath

const { parse, setDefaults } = require('./out/node/cli.js')
const { runCodeServer } = require('./out/node/main.js')
const { paths } = require('./out/node/util.js')
const { wrapper } = require('./out/node/wrapper.js')

async function main() {
  prepareFolders()
  const wanted = parse([
    ...['--socket', path.join(sockets, 'vscode-http.sock'), '--socket-mode', '600'],
    ...['--session-socket', path.join(sockets, 'vscode-session.sock')],
    // The platform's gateway decides who comes in, and ports have addresses of their own there.
    ...['--auth', 'none', '--disable-proxy', '--disable-workspace-trust'],
    ...['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'],
    ...['--user-data-dir', data, '--extensions-dir', path.join(data, 'extensions')],
    // Else it would ask a login shell for variables: /etc/profile sets PATH anew, and the workspace's own Python is lost.
    ...['--vscode-option', 'force-disable-user-env'],
    // A bridge to nowhere: no process for AI agents, which are left out and would take 50 MB.
    ...['--vscode-option', 'agent-host-bridge-host=localhost'],
    // Terminals go on for a day without anybody looking at them.
    ...['--reconnection-grace-time', '86400'],
    home,
  ])
  const { server, dispose } = await runCodeServer(await setDefaults(wanted))
  wrapper.onDispose(dispose)
  // Only now: code-server listens before it knows its own pages, and somebody waits at this socket already. Given to code-server itself
  // he would find nothing.
  net.createServer((connection) => server.emit('connection', connection)).listen({ fd })
}

function prepareFolders() {
  // Where it notes that somebody is there; it does not make the folder.
  fs.mkdirSync(paths.data, { recursive: true })
  // The one default that an extension is too late for: the first window would open with a page about the editor.
  const settings = path.join(data, 'User', 'settings.json')
  if (fs.existsSync(settings)) return
  fs.mkdirSync(path.dirname(settings), { recursive: true })
  fs.writeFileSync(settings, `${JSON.stringify({ 'workbench.startupEditor': 'none' }, null, 2)}\n`)
}

main().catch((error) => {
  console.error('VS Code could not be started:', error)
  process.exit(1)
})
