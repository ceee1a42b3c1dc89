/** The style sheet of the comparison's page. */

/** Light and dark, narrow and wide, screen and paper. Ladders keep their light background everywhere. */
export const STYLE = `
:root{color-scheme:light dark;--ink:#1b2230;--quiet:#566074;--ground:#fff;--card:#f6f7f9;--line:#d5dae3;--bad:#a81e1e;--good:#14633a;--warn:#7a4b00;--link:#0b57a4}
@media (prefers-color-scheme:dark){:root{--ink:#e7ebf2;--quiet:#a9b3c4;--ground:#14181f;--card:#1d232d;--line:#38414f;--bad:#ff9b93;--good:#7fd8a4;--warn:#ffcb74;--link:#8ec5ff}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1500px;padding:1rem 1.5rem;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2.2rem}h3{font-size:1rem;margin:.2rem 0}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.85em}
code{overflow-wrap:anywhere}pre{overflow-x:auto;line-height:1.25;padding:.8rem;background:var(--card);border:1px solid var(--line);border-radius:6px}
a{color:var(--link)}a:focus-visible,summary:focus-visible{outline:2px solid var(--link);outline-offset:2px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dt{color:var(--quiet)}dd{margin:0}
table{border-collapse:collapse;margin:.6rem 0}caption{text-align:left;color:var(--quiet)}
th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top;font-weight:400}
thead th{color:var(--quiet)}.number{text-align:right;font-variant-numeric:tabular-nums}
.wide{overflow-x:auto}.pair{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:1rem}
article{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.8rem 1rem;min-width:0}
figure{margin:1rem 0 0;min-width:0}figcaption{color:var(--quiet)}figure svg{max-width:100%;height:auto;border-radius:6px}
.proof{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.78em;padding-left:1.8rem;overflow-wrap:anywhere;color:var(--quiet)}
.first{border-left:4px solid var(--warn);padding:.3rem .8rem;background:var(--card)}.label{color:var(--warn)}
.badge{display:inline-block;padding:0 .55em;border:1px solid currentColor;border-radius:1em;font-size:.85em}
.worse,.failed{color:var(--bad)}.better,.passed{color:var(--good)}.inconclusive,.unknown{color:var(--warn)}.same,.skipped,.unclear{color:var(--quiet)}
summary{cursor:pointer;margin-top:.8rem}footer{color:var(--quiet);margin-top:2rem}
@media (max-width:900px){.pair{grid-template-columns:1fr}}
@media print{:root{--ink:#000;--ground:#fff;--card:#fff}body{max-width:none;padding:0}article,tr{break-inside:avoid}a{color:inherit;text-decoration:none}}
`;
