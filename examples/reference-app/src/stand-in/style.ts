/** The style sheet of the sign-in pages: one column, light and dark, readable from 320 px on. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #f4f5f7; --card: #ffffff; --text: #1c2330; --muted: #566074; --line: #8a94a6;
  --accent: #1f5fbf; --on-accent: #ffffff; --notice: #fff4d6; --on-notice: #5c4400; --fault: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161d; --card: #1b212b; --text: #e8ebf1; --muted: #a9b3c4; --line: #6b7689;
    --accent: #8ab6ff; --on-accent: #0d1a2e; --notice: #3a2f10; --on-notice: #ffe7a8; --fault: #ffb4ab;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
main {
  width: min(26rem, calc(100% - 2rem)); margin: clamp(1rem, 8vh, 5rem) auto; padding: 1.5rem;
  background: var(--card); border-radius: .75rem; box-shadow: 0 1px 3px rgb(0 0 0 / 20%);
}
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25; }
.notice { margin: 0 0 1.25rem; padding: .5rem .75rem; border-radius: .5rem; font-size: .875rem; background: var(--notice); color: var(--on-notice); }
.fault { margin: .25rem 0 0; color: var(--fault); }
.hint { margin: .25rem 0 0; color: var(--muted); font-size: .875rem; }
details { margin-top: 1rem; }
summary { color: var(--muted); cursor: pointer; }
dt { margin-top: .75rem; font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; }
a { color: var(--accent); }
label { display: block; margin-top: .75rem; font-weight: 600; }
input, button { width: 100%; min-height: 2.75rem; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); color: inherit; font: inherit; }
input { margin-top: .25rem; }
button { margin-top: .75rem; cursor: pointer; text-align: center; }
button.primary { margin-top: 1.25rem; border-color: var(--accent); background: var(--accent); color: var(--on-accent); font-weight: 600; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.or { display: flex; align-items: center; gap: .75rem; margin: 1.25rem 0 .25rem; color: var(--muted); }
.or::before, .or::after { content: ""; flex: 1; border-top: 1px solid var(--line); }
.people { margin: 0; padding: 0; list-style: none; }
.people small { display: block; color: var(--muted); }
`
