// Stands for @vscode/spdlog, which would have to be compiled: the same functions on Node's own files. What the editor writes its logs with,
// those that its panel "Output" shows included.
const fs = require('node:fs')
const path = require('node:path')

const LEVELS = ['trace', 'debug', 'info', 'warning', 'error', 'critical', 'off']
const FLUSH_AFTER_MS = 50

let defaultLevel = 2

class Logger {
  constructor(_type, _name, file, maxBytes, maxFiles) {
    Object.assign(this, { file, maxBytes, maxFiles, level: defaultLevel, plain: false, waiting: '', timer: undefined })
  }

  getLevel() {
    return this.level
  }

  setLevel(level) {
    this.level = level
  }

  /** Of the two patterns there are, one is the default here, the other is `clearFormatters`. */
  setPattern() {
    this.plain = false
  }

  clearFormatters() {
    this.plain = true
  }

  write(level, message) {
    if (level < this.level) return
    this.waiting += this.plain ? message : `${timestamp()} [${LEVELS[level]}] ${message}\n`
    if (this.timer === undefined) this.timer = setTimeout(() => this.flush(), FLUSH_AFTER_MS).unref()
  }

  flush() {
    clearTimeout(this.timer)
    this.timer = undefined
    const text = this.waiting
    this.waiting = ''
    if (text === '') return
    try {
      this.rotate(Buffer.byteLength(text))
      fs.appendFileSync(this.file, text)
    } catch {
      // A full disk or a folder that is gone must not end the editor.
    }
  }

  rotate(coming) {
    const size = fs.statSync(this.file, { throwIfNoEntry: false })?.size ?? 0
    if (!this.maxBytes || size === 0 || size + coming <= this.maxBytes) return
    const { dir, name, ext } = path.parse(this.file)
    const old = (number) => (number === 0 ? this.file : path.join(dir, `${name}.${number}${ext}`))
    for (let number = this.maxFiles; number > 0; number -= 1)
      if (fs.existsSync(old(number - 1))) fs.renameSync(old(number - 1), old(number))
  }

  drop() {
    this.flush()
  }
}

for (const [level, name] of ['trace', 'debug', 'info', 'warn', 'error', 'critical'].entries())
  Logger.prototype[name] = function (message) {
    this.write(level, message)
  }

function timestamp() {
  const now = new Date()
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, -1).replace('T', ' ')
}

async function createLogger(type, name, file, maxBytes, maxFiles) {
  await fs.promises.mkdir(path.dirname(file), { recursive: true })
  return new Logger(type, name, file, maxBytes, maxFiles)
}

// One by one: an ES module that imports this finds names only in this form.
exports.version = 0
exports.Logger = Logger
exports.setLevel = (level) => {
  defaultLevel = level
}
exports.setFlushOn = () => undefined
exports.createRotatingLogger = (...args) => createLogger('rotating', ...args)
exports.createAsyncRotatingLogger = (...args) => createLogger('rotating_async', ...args)
