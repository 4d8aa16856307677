/** How a drawing looks, light and dark: part of an exported file, and of the page. */

/** Rules for the elements of a drawing; colours are those of `PALETTE`. */
export const PICTURE_STYLE = `
.picture { font-family: ui-sans-serif, system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
.picture text { fill: var(--ink); font-size: 12px; }
.picture .body { fill: var(--box); stroke: var(--line); }
.picture .shadow { fill: var(--box-deep); stroke: var(--line); }
.picture .scope .body, .picture .group .body, .picture .run .body, .picture .branch .body { fill: var(--scope); }
.picture .run .body { stroke-dasharray: 4 3; }
.picture .frame { fill: var(--frame); stroke: var(--line); }
.picture .frame.odd { fill: var(--frame-odd); }
.picture .frame-title { font-weight: 600; fill: var(--ink-soft); paint-order: stroke; stroke: var(--canvas); stroke-width: 6px; stroke-linejoin: round; }
.picture .titles { pointer-events: none; }
.picture .title { font-weight: 600; text-anchor: middle; }
.picture .subtitle { font-size: 10.5px; text-anchor: middle; fill: var(--ink-soft); }
.picture .stripe { fill: var(--family, var(--line)); }
.picture .opener rect { fill: var(--box); stroke: var(--line-strong); }
.picture .opener path { stroke: var(--ink-soft); stroke-width: 1.4; fill: none; }
.picture .edge { fill: none; stroke: var(--edge); stroke-width: 1.3; }
.picture .edge.control { stroke-dasharray: 3 4; stroke-width: 1; }
.picture .tip { fill: var(--edge); }
.picture .edge-label { font-size: 10.5px; text-anchor: middle; fill: var(--ink-soft); paint-order: stroke; stroke: var(--canvas); stroke-width: 9px; stroke-linejoin: round; pointer-events: none; }
.picture .badge rect { fill: var(--badge); }
.picture .badge text { font-size: 9.5px; text-anchor: middle; fill: var(--ink-soft); }
.picture .badge-variable rect { fill: var(--weight); } .picture .badge-variable text { fill: var(--weight-ink); }
.picture .badge-input rect { fill: var(--input); } .picture .badge-input text { fill: #fff; font-weight: 600; }
.picture .badge-output rect { fill: var(--output); } .picture .badge-output text { fill: #fff; font-weight: 600; }
.picture .badge-removed rect { fill: var(--removed); } .picture .badge-removed text { fill: var(--on-mark); }
.picture .badge-folded rect { fill: var(--folded); } .picture .badge-folded text { fill: var(--on-mark); }
.picture .badge-new rect { fill: var(--new); } .picture .badge-new text { fill: var(--on-mark); }
.picture .mark-removed .body { fill: var(--removed-fill); stroke: var(--removed); stroke-dasharray: 4 3; }
.picture .mark-folded .body { fill: var(--folded-fill); stroke: var(--folded); }
.picture .mark-new .body { fill: var(--new-fill); stroke: var(--new); }
.picture .family-product { --family: #3b6fe0; } .picture .family-norm { --family: #0f8f86; }
.picture .family-activation { --family: #c2410c; } .picture .family-pool { --family: #8b5cf6; }
.picture .family-shape { --family: #8a94a6; } .picture .family-math { --family: #64748b; }
.picture .family-io { --family: #15803d; } .picture .family-control { --family: #b0309a; }
.picture .family-state { --family: #a16207; } .picture .family-text { --family: #0e7490; }
.picture .family-call { --family: #4f46e5; }
`

const LIGHT = {
  canvas: '#f6f7f9',
  box: '#ffffff',
  'box-deep': '#eceff4',
  scope: '#eef2fb',
  frame: '#ffffffb3',
  'frame-odd': '#eef1f6b3',
  ink: '#16202e',
  'ink-soft': '#4b5768',
  line: '#c5ccd8',
  'line-strong': '#98a3b5',
  edge: '#8592a6',
  badge: '#e8ebf0',
  weight: '#fdf0cf',
  'weight-ink': '#6b4a00',
  input: '#15803d',
  output: '#1d4ed8',
  removed: '#b91c1c',
  'removed-fill': '#fdeaea',
  folded: '#a15c07',
  'folded-fill': '#fff3dc',
  new: '#15803d',
  'new-fill': '#e4f6ea',
  'on-mark': '#ffffff',
}

const DARK: typeof LIGHT = {
  canvas: '#12161d',
  box: '#1d232d',
  'box-deep': '#171c25',
  scope: '#212b3d',
  frame: '#1a202ab3',
  'frame-odd': '#151a22b3',
  ink: '#e8ecf2',
  'ink-soft': '#a9b4c4',
  line: '#3a4456',
  'line-strong': '#5c6980',
  edge: '#6f7d93',
  badge: '#2b3443',
  weight: '#453616',
  'weight-ink': '#f5d88c',
  input: '#1a7f43',
  output: '#3765e0',
  removed: '#f28b82',
  'removed-fill': '#3a1f21',
  folded: '#f0b04f',
  'folded-fill': '#382a13',
  new: '#6fce8e',
  'new-fill': '#16301f',
  'on-mark': '#12161d',
}

const variables = (colours: Readonly<Record<string, string>>): string =>
  Object.entries(colours)
    .map(([name, colour]) => `--${name}: ${colour};`)
    .join(' ')

/** The colours as custom properties: by the reader's system, unless an element around says otherwise in `data-theme`. */
export const PALETTE = `
:root { color-scheme: light; ${variables(LIGHT)} }
:root[data-theme="dark"] { color-scheme: dark; ${variables(DARK)} }
@media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) { color-scheme: dark; ${variables(DARK)} } }
`
