/** Whether PostgreSQL refused a row because this unique constraint or index has one like it. */
export function isUniqueViolation(error: unknown, constraint: string): boolean {
  if (!(error instanceof Error)) return false
  const { code, constraint: broken } = error as Error & { code?: unknown; constraint?: unknown }
  return code === '23505' && broken === constraint
}
