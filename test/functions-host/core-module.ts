/**
 * `@azure/functions-core`: the module by which the Functions worker and a programming model talk.
 *
 * It is no package. Inside the worker `require` answers it, and nothing else does: an app that finds
 * none registers nothing, and says so only in a warning.
 *
 * @see https://github.com/Azure/azure-functions-nodejs-worker setupCoreModule.ts, types-core/index.d.ts
 */

import Module from 'node:module'

import type { Binding, CoreContext, InvocationResponse } from './rpc.ts'

export interface FunctionMetadata {
  name: string
  bindings: Record<string, Binding>
}

type Callback = (...inputs: unknown[]) => unknown
type Hook = (context: object) => unknown

/** How a programming model carries out one invocation. */
interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>
  invokeFunction(context: unknown, inputs: unknown[], callback: Callback): Promise<unknown>
  getResponse(context: unknown, result: unknown): Promise<InvocationResponse>
}

interface ProgrammingModel {
  name: string
  getInvocationModel(context: CoreContext): InvocationModel
  getCapabilities(capabilities: object): Promise<object>
}

/** What an app has told the worker. */
export interface Registered {
  functions: Map<string, { metadata: FunctionMetadata; callback: Callback }>
  hooks: Map<string, Hook[]>
  model: ProgrammingModel | null
  /** Nothing can be registered any more. */
  started: boolean
}

class Disposable {
  readonly #dispose: () => unknown

  constructor(dispose: () => unknown) {
    this.#dispose = dispose
  }

  dispose(): unknown {
    return this.#dispose()
  }
}

/** Answers the module to whoever requires it, until disposed. */
export function provideCoreModule(log: (level: string, message: string) => void) {
  const registered: Registered = {
    functions: new Map(),
    hooks: new Map(),
    model: null,
    started: false,
  }
  const core = {
    version: '3.13.0',
    hostVersion: '4.1045.0',
    registerHook(name: string, hook: Hook) {
      const hooks = registered.hooks.get(name) ?? []
      registered.hooks.set(name, [...hooks, hook])
      return new Disposable(() => registered.hooks.set(name, hooks))
    },
    setProgrammingModel(model: ProgrammingModel) {
      registered.model = model
    },
    getProgrammingModel: () => registered.model,
    registerFunction(metadata: FunctionMetadata, callback: Callback) {
      if (registered.started) {
        throw new Error('A function can only be registered during app startup.')
      }
      registered.functions.set(metadata.name, { metadata, callback })
      return new Disposable(() => registered.functions.delete(metadata.name))
    },
    log: (level: string, _category: string, message: string) => log(level, message),
    Disposable,
  }
  const original: unknown = Reflect.get(Module.prototype, 'require')
  if (typeof original !== 'function') throw new TypeError('This Node has no `require` to replace')
  Reflect.set(Module.prototype, 'require', function require(this: unknown, ...args: unknown[]) {
    return args[0] === '@azure/functions-core' ? core : Reflect.apply(original, this, args)
  })
  return {
    registered,
    [Symbol.dispose]: () => void Reflect.set(Module.prototype, 'require', original),
  }
}
