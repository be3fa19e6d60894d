/**
 * A small Functions host: loads a built app as the language worker does, and invokes its functions
 * through the programming model that the app brings along.
 *
 * One app a process: what has been imported cannot be imported again.
 */

import { randomUUID } from 'node:crypto'
import { glob, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { z } from 'zod'

import { provideCoreModule, type FunctionMetadata, type Registered } from './core-module.ts'
import { valueOf, type CoreContext, type HttpData, type TypedData } from './rpc.ts'

export interface LogEntry {
  level: string
  message: string
}

/** What triggers an invocation. */
export interface Trigger {
  data: TypedData
  metadata?: Record<string, TypedData>
}

export interface Answer {
  /** What the function wrote to its output bindings, by their type. */
  outputs: Record<string, unknown>
  /** Of an http function. */
  http: HttpData | null
}

export interface FunctionsHost extends AsyncDisposable {
  /** The folder of the app. */
  folder: string
  functions: ReadonlyMap<string, FunctionMetadata>
  /** All that the app has written, and the errors that its invocations ended with. */
  logs: LogEntry[]
  /** @throws {Error} What the function ended with. */
  invoke(name: string, trigger: Trigger): Promise<Answer>
  /** Ends the app as the host does: it is told, and waited for. */
  terminate(): Promise<void>
}

const packageJson = z.object({ main: z.string(), type: z.literal('module') })

/** @throws {Error} Where an entry file cannot be loaded, which in Azure leaves an app without functions. */
export async function startHost(folder: string): Promise<FunctionsHost> {
  const logs: LogEntry[] = []
  const core = provideCoreModule((level, message) => logs.push({ level, message }))
  const { registered } = core
  const { main } = packageJson.parse(
    JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')),
  )
  const entries = await Array.fromAsync(glob(main, { cwd: folder }))
  if (entries.length === 0) throw new Error(`Cannot start "${folder}": no file matches ${main}`)
  // Not by `import()`: the test runner would load another version of each file.
  const load = createRequire(import.meta.url)
  for (const entry of entries.toSorted()) load(join(folder, entry))
  await runHooks(registered, 'appStart')
  await registered.model?.getCapabilities({})
  registered.started = true

  return {
    folder,
    functions: new Map([...registered.functions].map(([name, { metadata }]) => [name, metadata])),
    logs,
    async invoke(name, trigger) {
      try {
        return await invoke(registered, name, trigger, logs)
      } catch (error) {
        logs.push({
          level: 'exception',
          message: error instanceof Error ? `${error.stack}` : String(error),
        })
        throw error
      }
    },
    terminate: () => runHooks(registered, 'appTerminate'),
    async [Symbol.asyncDispose]() {
      core[Symbol.dispose]()
    },
  }
}

async function invoke(
  { functions, model, hooks }: Registered,
  name: string,
  { data, metadata: triggerMetadata = {} }: Trigger,
  logs: LogEntry[],
): Promise<Answer> {
  const { metadata, callback } = functions.get(name) ?? {}
  if (!metadata || !callback || !model) throw new Error(`The app has no function "${name}"`)
  const bindings = Object.entries(metadata.bindings)
  const [triggerName = ''] = bindings.find(([, { direction }]) => direction === 'in') ?? []
  resolveSettings(metadata)
  const core: CoreContext = {
    invocationId: randomUUID(),
    request: {
      invocationId: randomUUID(),
      inputData: [{ name: triggerName, data }],
      triggerMetadata,
    },
    metadata,
    log: (level, _category, message) => void logs.push({ level, message }),
  }
  const invocation = model.getInvocationModel(core)
  const { context, inputs } = await invocation.getArguments()
  await runHooks({ hooks }, 'preInvocation', { invocationContext: context, inputs })
  const result = await invocation.invokeFunction(context, inputs, callback)
  await runHooks({ hooks }, 'postInvocation', { invocationContext: context, inputs, result })
  const response = await invocation.getResponse(context, result)
  const typeOf = (binding: string) => metadata.bindings[binding]?.type ?? binding
  return {
    outputs: Object.fromEntries(
      (response.outputData ?? []).map((output) => [typeOf(output.name), valueOf(output.data)]),
    ),
    http: response.returnValue?.http ?? null,
  }
}

/** The host puts app settings in place of `%NAME%`, and refuses a function whose setting is missing. */
function resolveSettings({ name, bindings }: FunctionMetadata): void {
  for (const [, setting = ''] of JSON.stringify(bindings).matchAll(/%(\w+)%/g)) {
    if (!process.env[setting]) {
      throw new Error(
        `Cannot index the function "${name}": '%${setting}%' does not resolve to a value.`,
      )
    }
  }
}

async function runHooks(
  { hooks }: Pick<Registered, 'hooks'>,
  name: string,
  context: object = {},
): Promise<void> {
  for (const hook of hooks.get(name) ?? [])
    await hook({ hookData: {}, appHookData: {}, ...context })
}

/**
 * A timer's tick.
 *
 * @param next The occurrence that it is for.
 */
export function timerTick(next: Date, { isPastDue = false } = {}): Trigger {
  const before = new Date(next.getTime() - 300_000)
  const status = {
    Last: before.toISOString(),
    Next: next.toISOString(),
    LastUpdated: before.toISOString(),
  }
  const timer = { Schedule: { AdjustForDST: true }, ScheduleStatus: status, IsPastDue: isPastDue }
  return { data: { json: JSON.stringify(timer) } }
}

export function httpRequest(path: string): Trigger {
  return { data: { http: { method: 'GET', url: `http://localhost:7071/${path}`, headers: {} } } }
}
