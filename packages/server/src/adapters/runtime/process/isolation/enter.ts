import { SYSTEM_PATH } from '../host/host.ts'
import { MARKER_VARIABLE } from '../host/process-table.ts'

/**
 * The last step into a wall, taken inside: `sh -c ENTER sh FOLDER COMMAND…`. What stands before it may run as root or outside the wall,
 * and would obey an `LD_PRELOAD` of the workload; so variables travel under other names and get their own back only here. Those that a
 * shell keeps for itself are left out.
 */
const ENTER = `
cd -- "$1" || exit 126
shift
for name in $(env | sed -n 's/^LAB_ENV_\\([A-Za-z_][A-Za-z0-9_]*\\)=.*/\\1/p'); do
  case $name in UID | EUID | PPID | BASHOPTS | SHELLOPTS | IFS | OPTIND | PS4) ;;
  *) eval "export $name=\\"\\$LAB_ENV_$name\\"" ;; esac
  unset "LAB_ENV_$name"
done
exec "$@"`

export function enter(folder: string, command: readonly string[]): string[] {
  return ['/bin/sh', '-c', ENTER, 'sh', folder, ...command]
}

/** The variables of a workload as they travel. The marker stays readable: the whole tree is known by it. */
export function packVariables(env: Readonly<Record<string, string>>): Record<string, string> {
  const packed = Object.entries(env).map(([name, value]) => [
    name === MARKER_VARIABLE ? name : `LAB_ENV_${name}`,
    value,
  ])
  return { ...(Object.fromEntries(packed) as Record<string, string>), PATH: SYSTEM_PATH }
}
