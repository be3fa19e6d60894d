/**
 * The app's folder: where relative paths in app settings begin.
 *
 * The host starts the worker in it, and a worker that was started before its app was known changes
 * to it later. Neither is documented, and no variable names it everywhere. So it is found from this
 * program's own place: the Functions host wants host.json in it, and nowhere else.
 *
 * @see https://github.com/Azure/azure-functions-host RpcWorkerProcess.cs: the worker's folder is the
 *   root of the scripts, which is a placeholder's until the app is known
 * @see https://github.com/Azure/azure-functions-nodejs-worker FunctionEnvironmentReloadHandler.ts: then
 *   it changes its folder
 * @see https://github.com/Azure/azure-functions-dotnet-worker/issues/659 AzureWebJobsScriptRoot is not
 *   set in Azure
 */

import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** @throws {Error} Where no folder above has a host.json. */
export function appFolder(from: string = import.meta.dirname): string {
  if (existsSync(join(from, 'host.json'))) return from
  const above = dirname(from)
  if (above === from) throw new Error('Cannot find the folder of the app: none has a host.json')
  return appFolder(above)
}
