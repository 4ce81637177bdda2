import { flag, integer, list, oneOf, optional, optionalFolder, runtime } from './parsers.ts'
import { setting } from './setting.ts'

/** What runs, where, and how long. */
export const workloads = {
  runtime: setting({
    name: 'SERVICES_RUNTIME',
    byDefault: 'process',
    meaning: 'Where workloads run. process: on this machine, for one trusting team.',
    parse: runtime,
  }),
  processIsolation: setting({
    name: 'LAB_PROCESS_ISOLATION',
    byDefault: 'auto',
    meaning:
      'Wall between workloads on the process runtime. namespaces: bubblewrap, each sees its own files and processes only. users: a system user for each project and person, when the server runs as root. none: all as the user of the server. auto takes the first that works here; the log of the start and the administration say which.',
    parse: oneOf('auto', 'none', 'users', 'namespaces'),
  }),
  bwrap: setting({
    name: 'LAB_BWRAP',
    byDefault: '',
    meaning:
      'Path of bubblewrap, for isolation by namespaces; looked for where the system keeps its programs if empty.',
    parse: optional,
  }),
  workloadProcesses: setting({
    name: 'LAB_WORKLOAD_PROCESSES',
    byDefault: '8192',
    meaning:
      'How many processes and threads a workspace or service may have at once on the process runtime. A large JVM or a Spark worker has some hundred.',
    parse: integer(32, 1_000_000),
  }),
  warmPool: setting({
    name: 'LAB_WARM_POOL',
    byDefault: 'true',
    meaning:
      'On the process runtime a workspace that has run leaves one ready for the next: it opens in a tenth of the time and takes about 60 MB. Never below 4 GB of memory, nor with own namespaces.',
    parse: flag,
  }),
  imagesRoot: setting({
    name: 'LAB_IMAGES_ROOT',
    byDefault: '',
    meaning: 'Folder of the images that workloads run, one folder with an image.json each; the shipped ones if empty.',
    parse: optionalFolder,
  }),
  prepareImages: setting({
    name: 'LAB_PREPARE_IMAGES',
    byDefault: 'mllab/workspace,mllab/model-server',
    meaning:
      'Images made ready in the background when the server starts, so that the first workspace opens at once. Empty for none.',
    parse: list,
  }),
  python: setting({
    name: 'LAB_PYTHON',
    byDefault: '',
    meaning: 'Python interpreter for environments (3.10 to 3.13); the first suitable one on this machine if empty.',
    parse: optional,
  }),
  uv: setting({
    name: 'LAB_UV',
    byDefault: '',
    meaning: 'Path of the uv program that builds environments; fetched if empty and not on the PATH.',
    parse: optional,
  }),
  workspaceSuspendMinutes: setting({
    name: 'LAB_WORKSPACE_SUSPEND_MINUTES',
    byDefault: '60',
    meaning:
      'A workspace nobody uses for so long is suspended until it is used again; 0 for never. Profiles may differ.',
    parse: integer(0, 525_600),
  }),
  workspaceStopHours: setting({
    name: 'LAB_WORKSPACE_STOP_HOURS',
    byDefault: '72',
    meaning: 'A workspace nobody uses for so long is stopped; its files stay. 0 for never. Profiles may differ.',
    parse: integer(0, 87_600),
  }),
  workspaceDays: setting({
    name: 'LAB_WORKSPACE_DAYS',
    byDefault: '0',
    meaning:
      'Days a workspace lives; then it is stopped, and deleted a week later unless it is kept. 0 for ever. Profiles may differ.',
    parse: integer(0, 3650),
  }),
} as const
