// Stands for @vscode/native-watchdog, which would have to be compiled: it ends a process whose parent is gone. The editor looks for that
// itself, once a second; only one that hangs outlives its parent, until the workspace stops.
exports.start = () => undefined
