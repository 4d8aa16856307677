/** Errors as a command tells them: with the model that it was given, and as JSON where a program reads what it prints. */
import { FreezeError } from '../errors.ts'
import { jsonText, printsJson } from './print.ts'
import type { Flags } from './settings.ts'

/** The error that names its model. With `--json` it is printed as JSON, too. */
export function told(error: FreezeError, model: string | undefined, flags: Flags): FreezeError {
  const { code, what, place } = error
  const isNamed = model === undefined || model === '-' || place.file !== undefined || place.path?.[0]?.startsWith('--')
  const named = isNamed ? error : new FreezeError(code, what, { ...place, file: model, cause: error })
  if (printsJson(flags)) process.stdout.write(jsonText(errorJson(named, model), flags))
  return named
}

/** `{"error": {"code": …, "message": …, "model": …, and where it was found}}`. */
function errorJson({ code, message, place: { cause, ...place } }: FreezeError, model: string | undefined): object {
  return { error: { code, message, ...(model !== undefined && { model }), ...place } }
}
