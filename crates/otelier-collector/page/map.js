// Who calls whom, in all traces or in one.

import { h, visible, seldom } from './dom.js';
import { ask, Latest, path } from './api.js';
import { live } from './live.js';
import { go, set } from './router.js';
import { duration } from './format.js';
import { AskBox } from './ask.js';
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
	const link = (edge, words) => (edge.traceId ? h('a', { href: `/t/${edge.traceId}` }, words) : words);
	return h('div.map', {}, h('div.scroll', { tabindex: 0, role: 'region', 'aria-label': 'Map' }, graph(map, does)),
		map.edges.length ? h('table.edges', {}, h('thead', {}, h('tr', {}, ['From', 'To', 'Calls', 'Failed', 'p50', 'p95'].map((name, i) => h(i > 1 ? 'th.num' : 'th', { scope: 'col' }, name)))),
			h('tbody', {}, map.edges.slice(0, 200).map((edge) => h('tr', {}, h('td', {}, visible(edge.from, 60)), h('td', {}, link(edge, visible(edge.to, 60))), h('td.num', {}, String(edge.calls)),
				h('td.num', {}, edge.errors ? h('span.bad', {}, String(edge.errors)) : '0'), h('td.num', {}, duration(edge.p50Ms)), h('td.num', {}, duration(edge.p95Ms)))))) : null);
}

class MapView extends HTMLElement {
	#latest = new Latest();

	connectedCallback() {
		document.title = 'Map · otelier';
		this.box = new AskBox({ label: 'Query for the map', hint: 'service:api duration>100ms', changed: (q) => set({ q }) });
		this.body = h('div', {});
		this.append(h('h1.away', {}, 'Map'), h('div.bar', {}, this.box.element), this.body);
		this.again = seldom(3000, () => this.#load());
		this.change = ({ detail }) => { if (detail.accepted.spans !== detail.before?.accepted.spans && !document.hidden) this.again(); };
		live.addEventListener('change', this.change);
		live.addEventListener('reset', this.again);
	}

	disconnectedCallback() {
		live.removeEventListener('change', this.change);
		live.removeEventListener('reset', this.again);
		this.again.stop();
		this.#latest.stop();
	}

	show(url) {
		this.query = url.searchParams.get('q') ?? '';
		this.box.set(this.query);
		live.open('', live.last?.version ?? '');
		this.#load();
	}

	async #load() {
		try {
			const map = await this.#latest.run((signal) => ask('/api/map', { query: this.query }, signal));
			if (!map) return;
			const said = JSON.stringify(map);
			if (said === this.said) return;
			this.said = said;
			this.body.replaceChildren(map.nodes.length ? drawing(map, {
				open: (edge) => go(`/t/${edge.traceId}`), pick: (node) => go(path('/', { q: node.kind === 'service' ? `service=${written(node.name)}` : written(node.name) })),
			}) : h('div.none', {}, this.query ? 'No trace matches.' : 'No calls yet.'));
		} catch (error) {
			this.said = null;
			if (error.column) this.box.refuse(error.message, error.column);
			else this.body.replaceChildren(h('div.none', {}, `${error.message}.`));
		}
	}
}

customElements.define('o-map', MapView);