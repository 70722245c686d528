// Who calls whom, in all traces or in one.

import { h, heads, visible } from './dom.js';
import { ask, path } from './api.js';
import { go } from './router.js';
import { duration } from './format.js';
import { View } from './view.js';
import { graph } from './graph.js';
import { written } from './query.js';

/** The map of one trace. */
export function mapOf({ traceId }) {
	const place = h('div.map', {});
	ask('/api/map', { trace: traceId }).then((map) => place.replaceChildren(drawing(map, {})), (error) => place.replaceChildren(`${error.message}.`));
	return place;
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
	constructor() { super({ title: 'Map', hint: 'service:api duration>100ms', kinds: ['spans'], every: 3000 }); }

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
