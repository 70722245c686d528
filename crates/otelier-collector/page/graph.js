// A drawing of who calls whom: columns from the left to the right.

import { s, hue, visible } from './dom.js';
import { duration } from './format.js';

const WIDE = 168;
const TALL = 56;
const BETWEEN = 96;

/** Columns: the longest way from a node that nobody calls; ways back are left out. */
function columns(nodes, edges) {
	const into = Map.groupBy(edges, ({ to }) => to);
	const column = new Map();
	const open = new Set();
	const visit = (id) => {
		if (column.has(id)) return column.get(id);
		open.add(id);
		const before = (into.get(id) ?? []).filter(({ from }) => !open.has(from)).map(({ from }) => visit(from) + 1);
		open.delete(id);
		column.set(id, Math.max(0, ...before));
		return column.get(id);
	};
	for (const { id } of nodes) visit(id);
	return column;
}

const SHAPES = { database: 'rect round', messaging: 'rect skew', external: 'rect dashed', client: 'rect dashed', service: 'rect' };

/** `open(edge)` is called for a chosen edge, `pick(node)` for a node. */
export function graph({ nodes, edges }, { open, pick }) {
	const column = columns(nodes, edges);
	const stacks = [];
	for (const node of nodes) (stacks[column.get(node.id)] ??= []).push(node);
	const place = new Map();
	const above = (id) => {
		const from = edges.filter((edge) => edge.to === id && place.has(edge.from)).map((edge) => place.get(edge.from).y);
		return from.length ? from.reduce((a, b) => a + b, 0) / from.length : 0;
	};
	const most = Math.max(1, ...stacks.map((stack) => stack?.length ?? 0));
	for (const [x, stack] of stacks.entries()) {
		stack?.map((node) => [above(node.id), node]).sort(([a], [b]) => a - b).forEach(([, node], i) => {
			place.set(node.id, { x: 16 + x * (WIDE + BETWEEN), y: 16 + ((most - stack.length) / 2 + i) * (TALL + 28) });
		});
	}
	const wide = stacks.length * (WIDE + BETWEEN) - BETWEEN + 32;
	const tall = most * (TALL + 28) + 16;
	const svg = s('svg', { class: 'graph', viewBox: `0 0 ${wide} ${tall}`, width: wide, height: tall, role: 'group', 'aria-label': 'Who calls whom' });
	svg.append(s('defs', {}, s('marker', { id: 'head', viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 9, markerHeight: 9, markerUnits: 'userSpaceOnUse', orient: 'auto-start-reverse' }, s('path', { d: 'M0 0L8 4L0 8z', class: 'arrow' }))));
	for (const edge of edges) {
		const [a, b] = [place.get(edge.from), place.get(edge.to)];
		if (!a || !b) continue;
		const [x1, y1, x2, y2] = [a.x + WIDE, a.y + TALL / 2, b.x, b.y + TALL / 2];
		const back = x2 <= x1;
		const bend = back ? 80 : Math.max(32, (x2 - x1) / 2);
		const words = `${visible(edge.from, 40)} to ${visible(edge.to, 40)}: ${edge.calls} calls, ${edge.errors} failed, p95 ${duration(edge.p95Ms)}`;
		const line = s('path', {
			d: back && edge.from === edge.to ? `M${x1 - 40} ${a.y}c0 -24 32 -24 32 0` : `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`,
			class: `edge${edge.errors ? ' edge-bad' : ''}${edge.kind === 'message' ? ' edge-message' : ''}`,
			'marker-end': 'url(#head)', 'stroke-width': Math.min(5, 1 + Math.log10(1 + edge.calls)),
		}, s('title', {}, words));
		if (open && edge.traceId) line.addEventListener('click', () => open(edge));
		svg.append(line);
		if (!back) svg.append(s('text', { x: (x1 + x2) / 2, y: (y1 + y2) / 2 - 6, 'text-anchor': 'middle' }, `${edge.calls}${edge.errors ? ` ✕${edge.errors}` : ''}`));
	}
	for (const node of nodes) {
		const at = place.get(node.id);
		const name = visible(node.name, 22);
		const box = s('g', { transform: `translate(${at.x} ${at.y})`, class: `node ${hue(node.name)}`, tabindex: pick ? 0 : null, role: pick ? 'link' : null },
			s('rect', { width: WIDE, height: TALL, rx: node.kind === 'database' ? 20 : 6, class: SHAPES[node.kind] ?? 'rect' }),
			s('rect', { x: 0, y: 0, width: 5, height: TALL, class: 'stripe' }),
			s('text', { x: 14, y: 23, class: 'strong' }, name),
			s('text', { x: 14, y: 42 }, `${node.calls} · p95 ${duration(node.p95Ms)}${node.errors ? ` · ✕ ${node.errors}` : ''}`));
		if (pick) {
			box.addEventListener('click', () => pick(node));
			box.addEventListener('keydown', (event) => { if (event.key === 'Enter') pick(node); });
		}
		svg.append(box);
	}
	return svg;
}
