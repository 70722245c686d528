// Who calls whom, in all traces or in one.

import { h, heads, visible } from './dom.js';
import { ask, path } from './api.js';
import { go } from './router.js';
import { duration } from './format.js';
import { View } from './view.js';
import { graph } from './graph.js';
import { written } from './query.js';

/** The part of a quantile of sorted numbers. */
const quantile = (sorted, part) => (sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] : null);

/** The map of one trace. */
export function mapOf(trace) {
	const spans = new Map(trace.spans.map((span) => [span.spanId, span]));
	const nodes = new Map();
	const edges = new Map();
	const count = (map, key, start, span) => {
		let one = map.get(key);
		if (!one) { one = { ...start, calls: 0, errors: 0, times: [] }; map.set(key, one); }
		if (!span) return;
		one.calls += 1;
		if (span.status === 'error') one.errors += 1;
		one.times.push(span.durationMs);
	};
	for (const span of trace.spans) {
		if (span.omitted) continue;
		const parent = spans.get(span.parentSpanId);
		const enters = !parent || parent.service !== span.service;
		count(nodes, span.service, { id: span.service, name: span.service, kind: 'service' }, enters ? span : null);
		if (parent && enters) count(edges, `${parent.service}\n${span.service}`, { from: parent.service, to: span.service, kind: span.kind === 'consumer' ? 'message' : 'call' }, span);
		const system = span.attributes?.['db.system.name'] ?? span.attributes?.['db.system'];
		if (typeof system === 'string' && span.kind === 'client') {
			const id = `database:${system}`;
			count(nodes, id, { id, name: system, kind: 'database' }, span);
			count(edges, `${span.service}\n${id}`, { from: span.service, to: id, kind: 'database' }, span);
		}
	}
	const ends = (one) => { const sorted = one.times.sort((a, b) => a - b); return { ...one, p50Ms: quantile(sorted, 0.5), p95Ms: quantile(sorted, 0.95) }; };
	return drawing({ nodes: [...nodes.values()].map(ends), edges: [...edges.values()].map(ends) }, {});
}

/** The drawing, and the same as a table. */
function drawing(map, does) {
	const to = (edge) => (edge.traceId ? h('a', { href: `/t/${edge.traceId}` }, visible(edge.to, 60)) : visible(edge.to, 60));
	return h('div.map', {}, h('div.scroll', { tabindex: 0, role: 'region', 'aria-label': 'Map' }, graph(map, does)),
		map.edges.length ? h('table.edges', {}, heads('From', 'To', '>Calls', '>Failed', '>p50', '>p95'),
			h('tbody', {}, map.edges.slice(0, 200).map((edge) => h('tr', {}, h('td', {}, visible(edge.from, 60)), h('td', {}, to(edge)), h('td.num', {}, String(edge.calls)),
				h('td.num', {}, edge.errors ? h('span.bad', {}, String(edge.errors)) : '0'), h('td.num', {}, duration(edge.p50Ms)), h('td.num', {}, duration(edge.p95Ms)))))) : null);
}

class MapView extends View {
	constructor() { super({ title: 'Map', hint: 'service:api duration>100ms', kind: 'spans', every: 3000 }); }

	body_() { return h('div', {}); }

	async load(signal) {
		const map = await ask('/api/map', { query: this.query }, signal);
		const said = JSON.stringify(map);
		if (said === this.said) return;
		this.said = said;
		this.body.replaceChildren(map.nodes.length ? drawing(map, {
			open: (edge) => go(`/t/${edge.traceId}`),
			pick: (node) => go(path('/', { q: node.kind === 'service' ? `service=${written(node.name)}` : written(node.name) })),
		}) : h('div.none', {}, this.query ? 'No trace matches.' : 'No calls yet.'));
	}

	fail(words) {
		this.said = null;
		super.fail(words);
	}
}

customElements.define('o-map', MapView);
