/** The look of every report: system fonts, two series colours that differ in brightness too, light and dark. */
export const reportStyle = `
:root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--ink:#1b2330;--soft:#5b6675;--rule:#dfe3e9;--baseline:#a9b4c4;
--window:#2463d8;--good:#1a7f43;--warn:#a75b00;--bad:#c02626;--none:#5b6675}
@media (prefers-color-scheme:dark){:root{--page:#12161c;--card:#1a2029;--ink:#e7ebf1;--soft:#9aa6b6;--rule:#303947;
--baseline:#5c697c;--window:#6ea3ff;--good:#4cc27b;--warn:#f0a94c;--bad:#ff7a72;--none:#9aa6b6}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:1160px;margin:0 auto;padding:28px 24px 56px}
h1{font-size:26px;line-height:1.25;margin:0;overflow-wrap:anywhere}
h2{font-size:18px;margin:34px 0 12px}
h3{font-size:14px;margin:0;overflow-wrap:anywhere}
p{margin:0}
.soft{color:var(--soft)}
header{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:flex-start;gap:12px 24px}
.verdict{color:#fff;border-radius:999px;padding:6px 18px;font-weight:600;white-space:nowrap}
@media (prefers-color-scheme:dark){.verdict{color:#12161c}}
.good{background:var(--good)}.warn{background:var(--warn)}.bad{background:var(--bad)}.none{background:var(--none)}
.card{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:16px 18px;min-width:0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(165px,1fr));gap:12px;margin:22px 0 12px}
.tile{display:flex;flex-direction:column}
.tile b{font-size:24px;line-height:1.3;font-weight:600;font-variant-numeric:tabular-nums}
.tile span{color:var(--soft);font-size:13px;flex:1}
.trend{display:block;width:132px;max-width:100%;height:28px;margin-top:8px}
.trend .line{stroke-width:1.5}
rect.good{fill:var(--good)}rect.warn{fill:var(--warn)}rect.bad{fill:var(--bad)}rect.none{fill:var(--none)}
.reasons ul{margin:0;padding-left:20px}
.reasons li{overflow-wrap:anywhere}
.reasons h3{margin:16px 0 4px}
pre{margin:4px 0 10px;padding:8px 10px;border:1px solid var(--rule);border-radius:6px;background:var(--page);font:12.5px/1.5 ui-monospace,"DejaVu Sans Mono",monospace;white-space:pre-wrap;overflow-wrap:anywhere}
.said{margin-bottom:10px;font-size:14px}
.note{margin-top:10px;color:var(--soft);font-size:13px}
.quality{display:grid;gap:12px;align-items:start}.stack{display:grid;gap:12px}.quality .square{max-width:460px}
@media (min-width:1000px){.quality{grid-template-columns:minmax(0,4fr) minmax(0,3fr) minmax(0,3fr)}}
.quality h3+.chart{margin-top:6px}
.confusion{margin-top:4px}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr));gap:12px;align-items:start}
dl{margin:0}dt{font-weight:600;font-size:13px}dd{margin:0;color:var(--soft);font-size:13px;overflow-wrap:anywhere}
.words{margin-top:14px;display:grid;grid-template-columns:max-content minmax(0,1fr);gap:2px 12px}
.identity{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:4px 16px}
.charts .head{display:flex;justify-content:space-between;gap:10px;margin-bottom:6px;font-size:13px}
.chart{display:block;width:100%;height:auto}
.grid{stroke:var(--rule);stroke-width:1}
.chart .name{fill:var(--ink);font-size:11px}
.tick,.axis{fill:var(--soft);font-size:11px;font-family:inherit}
rect.baseline,path.baseline,i.baseline{fill:var(--baseline);background:var(--baseline)}
rect.window,i.window{fill:var(--window);background:var(--window)}
path.window{fill:none;stroke:var(--window);stroke-width:1.8;stroke-linejoin:round}
.interval{stroke:var(--window);stroke-width:1.2;opacity:.65}
.diagonal{stroke:var(--soft);stroke-dasharray:4 4}
.line{fill:none;stroke:var(--window);stroke-width:2}
.dot{fill:var(--window);stroke:var(--card);stroke-width:1.5}
.legend{display:flex;flex-wrap:wrap;gap:6px 18px;align-items:center;color:var(--soft);font-size:13px;margin-bottom:12px}
.legend i{display:inline-block;width:11px;height:11px;border-radius:2px;margin-right:6px}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;padding:7px 10px;border-bottom:1px solid var(--rule);vertical-align:top}
th{color:var(--soft);font-weight:500;white-space:nowrap;vertical-align:bottom}
tr:last-child td{border-bottom:0}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.name{overflow-wrap:anywhere;min-width:120px}
.mark{font-weight:600;white-space:nowrap}
.mark.bad{background:none;color:var(--bad)}.mark.good{background:none;color:var(--good)}
.meter{display:block;width:100px;height:8px;margin-top:7px}
.meter .track{fill:var(--rule)}.meter .fill{fill:var(--window)}.meter .over{fill:var(--bad)}.meter .limit{stroke:var(--ink)}
@media (max-width:760px){main{padding:20px 14px 40px}.card{padding:14px}.wide{display:none}.tiles{grid-template-columns:repeat(2,minmax(0,1fr))}th,td{padding:6px 5px;font-size:13px}
td.name{min-width:0}.words,.identity{grid-template-columns:minmax(0,1fr)}.mark{white-space:normal}}
@media print{body{background:#fff}.card{break-inside:avoid}}
`;
