/** The only style sheet; served from `/assets/style.css` so that the page needs no inline style. */
export const STYLE = `
:root {
  --ink: #1c2733; --soft: #56656f; --line: #dde4ea; --ground: #f6f8fa; --card: #fff; --accent: #0b5cad; --on-accent: #fff;
  --alarm: #b3261e; --calm: #1b6e3c; --wait: #8a5a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e4eaf0; --soft: #9aa9b8; --line: #2c3947; --ground: #10161d; --card: #18212b; --accent: #76b4f5; --on-accent: #10161d;
    --alarm: #ff8a80; --calm: #6fd394; --wait: #f0bd5c;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
header { display: flex; align-items: center; gap: 1.5rem; padding: .8rem 1.5rem; background: var(--card); border-bottom: 1px solid var(--line); }
header h1 { margin: 0; font-size: 1.1rem; }
header h1 a { color: inherit; text-decoration: none; }
header nav { display: flex; gap: 1rem; flex: 1; flex-wrap: wrap; }
a { color: var(--accent); }
main { max-width: 76rem; margin: 0 auto; padding: 1rem 1.5rem 3rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.2rem; margin: 1rem 0; overflow-x: auto; }
h2 { margin: 0 0 .6rem; font-size: 1rem; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th { text-align: left; color: var(--soft); font-weight: 600; }
th, td { padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
code, pre { font-family: ui-monospace, monospace; font-size: .88em; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; margin: 0; }
.empty, .note { color: var(--soft); }
.state { font-weight: 600; white-space: nowrap; }
.revoked, .done { color: var(--calm); } .open, .dead, .error { color: var(--alarm); } .waiting, .new, .leased { color: var(--wait); }
form.inline { display: flex; margin: .4rem 0; gap: .8rem; align-items: center; flex-wrap: wrap; }
fieldset { border: 0; margin: 0; padding: 0; display: flex; gap: .9rem; flex-wrap: wrap; align-items: center; }
input[type=number] { width: 5.5rem; }
input, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: .35rem; padding: .3rem .6rem; }
button { background: var(--accent); border-color: var(--accent); color: var(--on-accent); cursor: pointer; }
button.plain { background: none; color: var(--accent); }
.narrow { max-width: 30rem; margin: 10vh auto; }
.narrow input { width: 100%; margin: .3rem 0 .8rem; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`;
