/**
 * Whether a property may be stored: not under the name of a password, whatever its case, separators
 * or width of letters, and nothing but JSON, so no `File`, function or `PasswordCredential`.
 */
export const isStorable = (name: string, value: unknown): boolean =>
  !/^p(ass|w|in)$|pass(w|phr|co)|pwd|secret(?!ar)|credent|token/i.test(
    name.normalize('NFKD').replace(/[^a-z]/gi, ''),
  ) &&
  (Number.isFinite(value) || / (Object|Array|String|Boolean|Null|Undefined)]/.test({}.toString.call(value)))
