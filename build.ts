/** Bundles the functions and the command line into dist/, beside the native module they cannot contain. */

import { bundleCommandLine, bundleFunctions } from './build/bundle.ts'

await bundleFunctions('dist/functions')
await bundleCommandLine('dist/cli')
