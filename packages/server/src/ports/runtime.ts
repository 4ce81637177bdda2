import type { Readable } from 'node:stream'

/**
 * Where workloads run: processes on this machine, Docker, Kubernetes. Three parts: instances, images, volumes. An instance is one
 * process, container or pod; replicas, rollout and restart policy belong to the workloads reconciler.
 *
 * Fails with `PortError`: `NOT_FOUND`, `INVALID`, `UNSUPPORTED`, `UNAVAILABLE`, `TIMEOUT`, `STORAGE_FULL`.
 */
export interface Runtime {
  readonly kind: 'process' | 'docker' | 'kubernetes'
  readonly capabilities: RuntimeCapabilities
  readonly instances: Instances
  readonly images: Images
  readonly volumes: Volumes
  /** How a workload reaches the platform. Stays valid over a restart of the server. */
  readonly platformUrl: string
  health(): Promise<{ ok: boolean; detail: string }>
  /** Stops watching. Instances go on. */
  close(): Promise<void>
}

export interface RuntimeCapabilities {
  readonly exec: boolean
  readonly stats: boolean
  readonly suspend: boolean
  /**
   * The wall between workloads of different owners, and between them and the platform. `none`: every workload can read what the server's
   * user can read. `users`: files are closed, processes and network are shared. `namespaces`: of the machine it sees its own only.
   */
  readonly isolation: 'none' | 'users' | 'namespaces' | 'container'
  /** What follows from it here, and why it is not more: a sentence or two for people. */
  readonly isolationDetail: string
  /** `best-effort`: a process that hides may survive `remove`. */
  readonly removal: 'complete' | 'best-effort'
  readonly limits: { readonly memory: 'hard' | 'sampled'; readonly cpu: 'hard' | 'none' }
}

/** Replica of a workload: the workload's id and a number from 0. Stable over restarts of server and instance. */
export interface InstanceRef {
  readonly workloadId: string
  readonly replica: number
}

export interface InstanceSpec extends InstanceRef {
  /** Counts up with every change of the specification; an older one never replaces a newer one. */
  readonly generation: number
  /** For people reading process lists and logs: `wine-quality/workspaces/first`. */
  readonly name: string
  readonly projectId: string
  /** Who shares a uid and a network: a person in a project, or the project itself. */
  readonly tenant: string
  /** As resolved by `images.ensure`. */
  readonly image: ResolvedImage
  /**
   * Replaces the image's command. Filled in here and in values of `env`: `{port:NAME}`, `{socket:NAME}`, `{volume:NAME}`, `{workDir}`
   * (where it starts), `{basePath}` (`LAB_SERVICE_PATH` of `env`, else `/`), and in the command `{env:NAME}`, never of `secretEnv`.
   * Of our images a command may also say `{python}`, `{image}` (folder of its files; `/opt/lab` in a container) and `{layer:NAME}` (folder
   * of a layer, built or not). Other braces stay.
   */
  readonly command?: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Values in here never reach a log, a process list or an answer. */
  readonly secretEnv: Readonly<Record<string, string>>
  readonly ports: readonly PortSpec[]
  readonly mounts: readonly MountSpec[]
  /** Folder the command starts in: the name of a mount, or absent for a scratch folder. */
  readonly workingMount?: string
  readonly resources: { readonly cpus?: number; readonly memoryBytes?: number }
  readonly health?: HealthSpec
  /** Seconds between a polite and an impolite end; default 10. */
  readonly graceSeconds?: number
}

export interface PortSpec {
  /** `http` if there is only one. */
  readonly name: string
  /** What the program would listen on in a container. The process runtime may map it to a unix socket or another port. */
  readonly port: number
}

export interface MountSpec {
  readonly volumeId: string
  readonly name: string
  /** Where a container sees it; the process runtime passes the real folder through `{volume:NAME}`. */
  readonly path: string
  readonly readOnly: boolean
}

export interface HealthSpec {
  readonly port: string
  /** May begin with `{basePath}`, which whoever asks fills in. Without one it is enough that something listens. */
  readonly path?: string
  readonly intervalMs: number
  readonly timeoutMs: number
  /** How long it may take until the first success. */
  readonly startMs: number
}

/**
 * Why an instance ended. `exit`: by itself. `killed`: by a signal. `lost`: nobody knows how. `start-failed`: its program cannot be started.
 * The others: it wanted more of that than it may have, or than there was.
 */
export type ExitReason = 'exit' | 'killed' | 'lost' | 'start-failed' | Shortage

/** What a workload can want more of than there is for it. */
export type Shortage =
  | 'oom'
  | 'too-many-processes'
  | 'open-files'
  | 'disk-full'
  | 'port-taken'
  | 'too-many-ports'
  | 'log-flood'

/** A running instance was held back, and went on. */
export interface InstanceNotice {
  readonly code: Shortage
  /** A whole sentence for people, with the figure. */
  readonly detail: string
}

export type InstancePhase = 'starting' | 'running' | 'exited'

export interface ObservedInstance extends InstanceRef {
  readonly generation: number
  readonly phase: InstancePhase
  readonly startedAt: number
  /** Set when `exited`. */
  readonly exit?: {
    readonly code: number | undefined
    readonly at: number
    readonly reason: ExitReason
    /** A whole sentence for people, with the figure if there is one. */
    readonly detail?: string
  }
  readonly suspended: boolean
}

export type Endpoint =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }

export interface LogChunk {
  readonly bytes: Uint8Array
  /** Byte offset of the first byte; offsets never change while the instance exists, restarts included. */
  readonly offset: number
}

export interface LogQuery {
  /** Start here; what is older than the kept part is skipped. Negative: that many bytes before the end. */
  readonly from: number
  readonly follow: boolean
  readonly signal?: AbortSignal
}

export interface InstanceStats extends InstanceRef {
  /** CPU seconds used so far, children included. */
  readonly cpuSeconds: number
  readonly memoryBytes: number
  readonly processes: number
  /** What it was held back from since it started. */
  readonly notices: readonly InstanceNotice[]
  readonly at: number
}

export interface InstanceActivity extends InstanceRef {
  /** Cores in use on average over the last `windowMs`, up to a minute; 0 over 0 ms when nothing is known yet. */
  readonly cpuCores: number
  readonly windowMs: number
  readonly terminals: number
  /** Terminals in which a command runs in the foreground, even one that only waits. */
  readonly busyTerminals: number
  readonly suspended: boolean
  readonly at: number
}

export interface Instances {
  /**
   * Makes it so: idempotent by reference and generation. A newer generation replaces an older one, an older one changes nothing. One
   * that has exited is not started again by its generation; to restart it, `remove` it with `keepLog` first. A program that cannot be
   * started shows in `list` as `start-failed`; `INVALID` and `NOT_FOUND` (image, volume) are about the specification.
   */
  apply(spec: InstanceSpec): Promise<void>
  /** Gone afterwards with all its processes, as far as `capabilities.removal` says; `TIMEOUT` if one is left. Removing what is not there succeeds. */
  remove(ref: InstanceRef, options?: { keepLog?: boolean }): Promise<void>
  /** The truth, also after a restart of the server. */
  list(): Promise<readonly ObservedInstance[]>
  /** Calls back when something may have changed: a wake-up, `list` is the truth. Ends with the signal. */
  watch(onChange: (ref: InstanceRef) => void, signal: AbortSignal): void
  /** Following ends with the signal, or at the end of the log once the instance has exited or is removed. `NOT_FOUND` without a log. */
  logs(ref: InstanceRef, query: LogQuery): AsyncIterable<LogChunk>
  /**
   * How to reach a port of a running instance, by its name, or by its number if a program has opened it by itself; undefined while nothing of
   * the instance listens there.
   */
  endpoint(ref: InstanceRef, port: string | number): Promise<Endpoint | undefined>
  stats(): Promise<readonly InstanceStats[]>
  exec(
    ref: InstanceRef,
    command: readonly string[],
    options: { signal: AbortSignal },
  ): Promise<{ code: number; output: string }>
  /**
   * Stops all processes of an instance where they stand, or lets them go on; memory stays as it is, nothing answers meanwhile. Outlives a
   * restart of the server; ends with the instance. `UNSUPPORTED` without the capability, `UNAVAILABLE` if nothing runs.
   */
  suspend(ref: InstanceRef, suspended: boolean): Promise<void>
  /** What tells whether somebody or something is at work in running instances. Empty without the capability `stats`. */
  activity(): Promise<readonly InstanceActivity[]>
}

export interface ImageProgress {
  /** For people: `Downloading numpy`, `Installing 160 packages`. */
  readonly step: string
  readonly done: number
  readonly total: number
  readonly unit: 'bytes' | 'packages' | 'steps'
  /** A line for the log of the start, if there is one. */
  readonly line?: string
}

export interface ResolvedImage {
  /** What was asked for: `mllab/workspace`. */
  readonly ref: string
  /** What it became: an environment key or a digest. A restart uses this one. */
  readonly key: string
}

export interface ImageDescription extends ResolvedImage {
  readonly command: readonly string[]
  readonly ports: readonly PortSpec[]
  readonly env: Readonly<Record<string, string>>
  readonly health?: HealthSpec
}

export interface ListedImage {
  readonly ref: string
  readonly title: string
  readonly ports: readonly PortSpec[]
  /** As the image declares it, placeholders not filled in. */
  readonly env: Readonly<Record<string, string>>
  /** What `ensure` would resolve it to now; undefined where that cannot be known. */
  readonly key: string | undefined
  /** Can be started at once. */
  readonly ready: boolean
}

export interface ImageRequest {
  readonly ref: string
  /**
   * Packages by name and version on top of the image's own, PEP 508 (`INVALID` for anything else): a model brings its own environment
   * this way. Resolved together with what the image needs; `INVALID` with the reason if that cannot be done.
   */
  readonly requirements?: readonly string[]
  /** `major.minor`; the nearest allowed one is taken if it cannot be had, and `onProgress` says so. */
  readonly python?: string
}

/** Programs that can be added to an image, also while it runs: VS Code beside JupyterLab. */
export interface ImageLayer {
  readonly name: string
  readonly title: string
  /** Name of the image's port on which it answers once it is there. */
  readonly port: string
  readonly state: 'ready' | 'missing' | 'impossible'
  /** Why it is impossible here, for people. */
  readonly detail: string
}

export interface Images {
  /**
   * Builds or pulls if needed. Two callers at once do the work once. `keepReady`: the next start shall be quick, at the cost of some
   * memory, where the runtime can do something for that.
   */
  ensure(
    request: ImageRequest,
    options: { onProgress: (progress: ImageProgress) => void; signal: AbortSignal; keepReady?: boolean },
  ): Promise<ImageDescription>
  /** What is known without building; undefined if it was never built. */
  inspect(image: ResolvedImage): Promise<ImageDescription | undefined>
  /** What can be added to it. `NOT_FOUND` if it is not here any more. */
  layers(image: ResolvedImage): Promise<readonly ImageLayer[]>
  /** Builds a layer if it is missing; instances that run have it at once. `UNSUPPORTED` where it is impossible, `NOT_FOUND` without one. */
  ensureLayer(
    image: ResolvedImage,
    name: string,
    options: { onProgress: (progress: ImageProgress) => void; signal: AbortSignal },
  ): Promise<void>
  /** Gives back the place of images that nobody named for 30 days. To be called daily with those that workloads name. */
  prune(named: readonly ResolvedImage[]): Promise<void>
  /** Names that can be asked for, as they are now or were two seconds ago: lists of workloads ask for each of theirs. */
  list(): Promise<readonly ListedImage[]>
}

/** Bytes in a file of the platform on this machine that never change. */
export interface LocalBytes {
  readonly file: string
  readonly start: number
  readonly sizeBytes: number
}

export interface Volumes {
  /**
   * `sealed`: only the platform writes into it, and all workloads of the project that mount it read the same files; for volumes that are
   * mounted read-only. Said when it is made.
   */
  ensure(volume: {
    readonly id: string
    readonly projectId: string
    readonly tenant: string
    readonly sealed?: boolean
  }): Promise<void>
  remove(volumeId: string): Promise<void>
  list(): Promise<readonly string[]>
  usage(volumeId: string): Promise<{ readonly bytes: number }>
  /**
   * Makes `target`, which may be new, what `source` is now: files, links, rights, times; snapshots and their restoration are copies. Whole or
   * not at all. Of what a program writes meanwhile some may be in it. `NOT_FOUND`, `STORAGE_FULL`.
   */
  copy(
    source: string,
    target: string,
    options: { onProgress: (doneBytes: number, totalBytes: number) => void; signal: AbortSignal },
  ): Promise<void>
  /**
   * As `writeFile`, from bytes of the platform, which no workload can change through it. Where the adapter can make sure of that, a sealed
   * volume shares them instead of having a copy.
   */
  placeFile(volumeId: string, path: string, source: LocalBytes): Promise<void>
  /** Writes a file below the volume before a workload starts; the path is checked by the adapter too. */
  writeFile(volumeId: string, path: string, content: Uint8Array | Readable): Promise<void>
}
