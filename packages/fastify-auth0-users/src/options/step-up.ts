import type { Fault } from '../errors.ts'
import { compileStepUp, type StepUp } from '../permissions/step-up.ts'

/** Checks the option `stepUp`. */
export function resolveStepUp(
  given: Readonly<Record<string, StepUp | undefined>> = {},
  faults: Fault[],
): Readonly<Record<string, StepUp | undefined>> {
  for (const [name, level] of Object.entries(given)) {
    if (level !== undefined) compileStepUp(level, {}, `stepUp.${name}`, faults)
  }
  return given
}
