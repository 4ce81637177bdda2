import type { Identity, Owner } from './identities.ts'

export type IsolationMode = 'none' | 'users' | 'namespaces'

/** What of the machine an instance has to do with. */
export interface Place {
  readonly identity: Identity | undefined
  readonly workingFolder: string
  /** Its own: volumes, scratch, sockets. */
  readonly writable: readonly string[]
  /** Programs: image, environment, interpreter. */
  readonly readable: readonly string[]
  /** Its folder for temporary files. */
  readonly temporary: string
  /** Where files may be laid down for it that it cannot change. */
  readonly runFolder: string
}

export interface Launch {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** The wall between workloads of different owners, and between them and the server. */
export interface Isolation {
  readonly mode: IsolationMode
  /** What follows from it, in a sentence or two for people. */
  readonly detail: string
  /** Whether other users must be able to find their way to their own folders: 0711 instead of 0700. */
  readonly passable: boolean
  /** Names of users inside; undefined: as outside. */
  readonly userName: string | undefined
  /** A user and a group of the system of their own; undefined where all are the server's user. */
  identityOf(owner: Owner): Promise<Identity | undefined>
  /** Puts the wall around a command. */
  enclose(launch: Launch, place: Place): Promise<Launch>
  /** A further command inside the wall of a running instance, whose packed variables are `env`. */
  join(launch: Launch, place: Place, wrapperPid: number): Launch
}
