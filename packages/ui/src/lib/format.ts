const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

export type Formats = ReturnType<typeof createFormats>

/**
 * All values of the UI as words: sizes, durations, times, metrics. Times are epoch milliseconds, durations milliseconds.
 * @param locale BCP 47; undefined is the reader's own
 * @param timeZone IANA name; undefined is the reader's own
 */
export function createFormats(locale?: string, timeZone?: string) {
  const zone = timeZone === undefined ? {} : { timeZone }
  const plain = new Intl.NumberFormat(locale, { maximumFractionDigits: 20 })
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 })
  const oneDecimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
  const twoDecimals = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 })
  const fourDigits = new Intl.NumberFormat(locale, {
    minimumSignificantDigits: 4,
    maximumSignificantDigits: 4,
    useGrouping: false,
  })
  const exactTime = new Intl.DateTimeFormat(locale, {
    ...zone,
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  })
  const dayAndMonth = new Intl.DateTimeFormat(locale, { ...zone, day: 'numeric', month: 'short' })
  const monthAndYear = new Intl.DateTimeFormat(locale, { ...zone, month: 'short', year: 'numeric' })
  const clockTime = new Intl.DateTimeFormat(locale, {
    ...zone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
  })

  const upTo = (value: number) => (Math.abs(value) >= 100 ? whole : Math.abs(value) >= 10 ? oneDecimal : twoDecimals)

  /** `1.41 GB`, `84 kB`: decimal units, about three digits. */
  function bytes(value: number): string {
    const unit = byteUnit(value)
    return `${(unit.size === 1 ? whole : upTo(value / unit.size)).format(value / unit.size)} ${unit.name}`
  }

  /** `1.9 of 2 GB`: both in the unit of the whole. */
  function bytesOf(used: number, total: number): string {
    const unit = byteUnit(total)
    return `${oneDecimal.format(used / unit.size)} of ${oneDecimal.format(total / unit.size)} ${unit.name}`
  }

  /** `0.02 s`, `41 s`, `1 m 04 s`, `2 h 14 m`, `12 d`. */
  function duration(ms: number): string {
    if (ms < 10 * second) return `${(ms < second / 10 ? twoDecimals : oneDecimal).format(ms / second)} s`
    if (ms < minute) return `${Math.floor(ms / second)} s`
    if (ms < hour) return `${Math.floor(ms / minute)} m ${twoPlaces((ms % minute) / second)} s`
    if (ms < day) return `${Math.floor(ms / hour)} h ${twoPlaces((ms % hour) / minute)} m`
    return `${whole.format(Math.floor(ms / day))} d`
  }

  /** How long something has been so: `12 s`, `38 min`, `2 h 14 m`, `12 d`. */
  function age(ms: number): string {
    return ms >= minute && ms < hour ? `${Math.floor(ms / minute)} min` : duration(ms < minute ? wholeSeconds(ms) : ms)
  }

  /** `now`, `4 min ago`, `yesterday`, `41 d ago`, `Mar 2026`; the future as `in 6 min`. */
  function relative(at: number, now: number): string {
    const distance = Math.abs(now - at)
    if (distance < minute / 2) return 'now'
    if (distance >= 100 * day) return monthAndYear.format(at)
    const days = Math.round(distance / day)
    if (at < now && distance >= day && days === 1) return 'yesterday'
    const words =
      distance < hour
        ? `${Math.max(1, Math.round(distance / minute))} min`
        : distance < day
          ? `${Math.floor(distance / hour)} h`
          : `${days} d`
    return at < now ? `${words} ago` : `in ${words}`
  }

  /** Four significant digits; whole numbers as they are: `0.8812`, `0.02641`, `412`. */
  function metric(value: number): string {
    if (Number.isNaN(value)) return 'NaN'
    if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞'
    const size = Math.abs(value)
    if (Number.isInteger(value) && size < 1e6) return plain.format(value)
    if (size >= 1e6 || size < 1e-4) return value.toExponential(3).replace('e+', 'e')
    return fourDigits.format(value)
  }

  return {
    bytes,
    bytesOf,
    duration,
    age,
    relative,
    metric,
    /** Every digit that is there, for tips and copies. */
    full: (value: number) => (Number.isFinite(value) ? plain.format(value) : metric(value)),
    number: (value: number) => plain.format(value),
    /** Lists count exactly up to a cap: `10,000+`. */
    count: (value: number, capped = false) => `${whole.format(value)}${capped ? '+' : ''}`,
    /** A share from 0 to 1: `63 %`. */
    percent: (share: number) => `${whole.format(share * 100)} %`,
    /** Bytes a second: `13.8 MB/s`. */
    rate: (bytesPerSecond: number) => `${bytes(bytesPerSecond)}/s`,
    /** `22 Nov 2026, 14:10:02 UTC`. */
    exact: (at: number) => exactTime.format(at),
    /** `22 Oct`. */
    date: (at: number) => dayAndMonth.format(at),
    /** `14:10:02.114`, for logs. */
    clock: (at: number) => clockTime.format(at),
  }
}

const byteUnits = [
  { size: 1, name: 'B' },
  { size: 1e3, name: 'kB' },
  { size: 1e6, name: 'MB' },
  { size: 1e9, name: 'GB' },
  { size: 1e12, name: 'TB' },
  { size: 1e15, name: 'PB' },
] as const

/** The largest unit in which the value is at least 1; 999 999 B is already 1 MB, not 1000 kB. */
function byteUnit(value: number) {
  return byteUnits.findLast((unit) => Math.abs(value) >= unit.size * 0.9995) ?? byteUnits[0]
}

const twoPlaces = (value: number) => String(Math.floor(value)).padStart(2, '0')
const wholeSeconds = (ms: number) => Math.floor(ms / second) * second

/** The reader's formats. */
export const format = createFormats(typeof navigator === 'undefined' ? undefined : navigator.language)
