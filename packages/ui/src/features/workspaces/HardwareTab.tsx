import { useQuery } from '@tanstack/react-query'
import type { Hardware, Workspace } from '@mllab/sdk'
import { Meter } from '../../components/Gauges.tsx'
import { Notice, ProblemNotice } from '../../components/Notice.tsx'
import { Section } from '../../components/Page.tsx'
import { PropertyList } from '../../components/PropertyList.tsx'
import { Bytes } from '../../components/Values.tsx'
import { useApi } from '../../lib/api.ts'
import { format } from '../../lib/format.ts'
import { problemOf } from '../../lib/problem.ts'
import { coresText } from '../workloads/UsageCells.tsx'
import { words } from './page-words.ts'
import { hardwareQuery } from './workspace.queries.ts'
import css from './Workspace.module.css'

/** Processors, memory, disk and graphics cards: what the machine has, and what the workspace uses of it, now. */
export function HardwareTab({ workspace, project }: { workspace: Workspace; project: string }) {
  const hardware = useQuery(hardwareQuery(useApi(), project, workspace.slug))
  if (hardware.error) return <ProblemNotice problem={problemOf(hardware.error)} />
  if (!hardware.data) return null
  const { machine } = hardware.data
  return (
    <>
      <Section title={words('hardware.workspace')} {...(machine === null ? {} : { facts: words('hardware.live') })}>
        <Share hardware={hardware.data} />
      </Section>
      {machine === null ? (
        <Notice tone="plain">{words('hardware.none')}</Notice>
      ) : (
        <>
          <Section title={words('hardware.machine')}>
            <Machine machine={machine} />
          </Section>
          <Section title={words('hardware.gpus')} {...(machine.gpus.length > 0 ? { count: machine.gpus.length } : {})}>
            {machine.gpus.length === 0 ? (
              <p className={css.none}>{words('hardware.noGpu')}</p>
            ) : (
              machine.gpus.map((gpu) => <Gpu key={gpu.index} gpu={gpu} />)
            )}
          </Section>
        </>
      )}
    </>
  )
}

/** Of its limits, or of the machine where it has none. */
function Share({ hardware: { machine, workspace } }: { hardware: Hardware }) {
  const { cpusInUse, cpuLimit, memoryUsedBytes, memoryLimitBytes, processes, filesBytes } = workspace
  const part = (name: string, value: number) => [{ name, value }]
  return (
    <div className={css.meters}>
      {cpusInUse === null ? null : (
        <Meter
          label={words('hardware.cpu')}
          value={
            cpuLimit === null
              ? words('hardware.cores', { used: coresText(cpusInUse) })
              : words('hardware.ofCores', { used: coresText(cpusInUse), total: coresText(cpuLimit) })
          }
          valueRight
          total={cpuLimit ?? machine?.cpus ?? cpusInUse}
          parts={part(words('hardware.cpu'), cpusInUse)}
        />
      )}
      {memoryUsedBytes === null ? null : (
        <Meter
          label={words('hardware.memory')}
          value={
            memoryLimitBytes === null
              ? words('hardware.noLimit', { used: format.bytes(memoryUsedBytes) })
              : format.bytesOf(memoryUsedBytes, memoryLimitBytes)
          }
          valueRight
          total={memoryLimitBytes ?? machine?.memoryBytes ?? memoryUsedBytes}
          parts={part(words('hardware.memory'), memoryUsedBytes)}
        />
      )}
      <PropertyList
        properties={[
          ...(filesBytes === null ? [] : [{ name: words('hardware.files'), value: <Bytes value={filesBytes} /> }]),
          ...(processes === null ? [] : [{ name: words('hardware.processes'), value: processes }]),
        ]}
      />
    </div>
  )
}

function Machine({ machine }: { machine: NonNullable<Hardware['machine']> }) {
  const diskUsed = machine.diskBytes - machine.diskFreeBytes
  const meters = [
    {
      label: words('hardware.cpu'),
      value: words('hardware.ofCores', { used: coresText(machine.cpusInUse), total: coresText(machine.cpus) }),
      used: machine.cpusInUse,
      total: machine.cpus,
    },
    {
      label: words('hardware.memory'),
      value: format.bytesOf(machine.memoryUsedBytes, machine.memoryBytes),
      used: machine.memoryUsedBytes,
      total: machine.memoryBytes,
    },
    {
      label: words('hardware.disk'),
      value: words('hardware.free', { free: format.bytes(machine.diskFreeBytes) }),
      used: diskUsed,
      total: machine.diskBytes,
    },
  ]
  return (
    <div className={css.meters}>
      {meters.map(({ label, value, used, total }) => (
        <Meter
          key={label}
          label={label}
          value={value}
          valueRight
          total={total}
          parts={[{ name: label, value: used, ...(used > total * nearlyFull ? { tone: 'warn' as const } : {}) }]}
        />
      ))}
    </div>
  )
}

const nearlyFull = 0.9

function Gpu({ gpu }: { gpu: NonNullable<Hardware['machine']>['gpus'][number] }) {
  return (
    <div className={css.meters}>
      <Meter
        label={gpu.name}
        value={format.bytesOf(gpu.memoryUsedBytes, gpu.memoryBytes)}
        valueRight
        total={gpu.memoryBytes}
        parts={[{ name: words('hardware.memory'), value: gpu.memoryUsedBytes }]}
      />
      <Meter
        label={words('hardware.load')}
        value={gpu.load === null ? words('hardware.unknown') : format.percent(gpu.load)}
        valueRight
        total={1}
        parts={[{ name: words('hardware.load'), value: gpu.load ?? 0 }]}
      />
    </div>
  )
}
