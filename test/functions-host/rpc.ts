/**
 * What the Functions host and its worker send each other about one invocation, as far as these tests
 * use it.
 *
 * @see https://github.com/Azure/azure-functions-language-worker-protobuf FunctionRpc.proto
 */

export interface TypedData {
  string?: string | null
  json?: string | null
  bytes?: Uint8Array | null
  http?: HttpData | null
}

export interface HttpData {
  method?: string
  url?: string
  headers?: Record<string, string>
  statusCode?: string
  body?: TypedData | null
}

export interface Binding {
  type: string
  direction: 'in' | 'out'
  [setting: string]: unknown
}

export interface InvocationRequest {
  invocationId: string
  inputData: { name: string; data: TypedData }[]
  triggerMetadata: Record<string, TypedData>
}

export interface InvocationResponse {
  outputData?: { name: string; data: TypedData }[] | null
  returnValue?: TypedData | null
}

/** What the worker gives a programming model. */
export interface CoreContext {
  invocationId: string
  request: InvocationRequest
  metadata: { name: string; bindings: Record<string, Binding> }
  state?: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks'
  log(level: string, category: string, message: string): void
}

/** The value that the data carries. */
export function valueOf(data: TypedData | null | undefined): unknown {
  if (data?.json != null) return JSON.parse(data.json)
  if (data?.bytes != null) return Buffer.from(data.bytes).toString()
  return data?.string ?? undefined
}
