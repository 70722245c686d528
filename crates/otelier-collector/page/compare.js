// Two traces side by side, folded by name.

import { h, dot, nowhere, visible } from './dom.js';
import { Latest, wholeTrace } from './api.js';
import { live } from './live.js';
import { duration, day, msOf } from './format.js';
import { merged, tree } from './model.js';

const LINES = 1000;

function lines(left, right) {
	const found = [];
	const walk = (a, b, depth) => {
		const keys = new Set([...(a?.children.keys() ?? []), ...(b?.children.keys() ?? [])]);
		for (const key of keys) {
			if (found.length >= LINES) return;
			const [x, y] = [a?.children.get(key), b?.children.get(key)];
			found.push({ x, y, depth });
			walk(x, y, depth + 1);
		}
	};
	walk(left, right, 0);
	return found;
}

class Compare extends HTMLElement {
	#latest = new Latest();

	disconnectedCallback() { this.#latest.stop(); }

	async show(url) {
		const [a, b] = [decodeURIComponent(url.pathname.slice(3)), url.searchParams.get('vs')];
		document.title = 'Compare · otelier';
		live.open(`trace:${a}`);
		try {
			const both = await this.#latest.run((signal) => Promise.all([wholeTrace(a, signal), wholeTrace(b, signal)]));
			if (both) this.#draw(...both);
		} catch (error) {
			this.replaceChildren(nowhere('One of the traces is not here any more.', error));
		}
	}

	#draw(a, b) {
		const found = lines(merged(tree(a)), merged(tree(b)));
		const most = Math.max(1, ...found.map(({ x, y }) => Math.abs((y?.took ?? 0) - (x?.took ?? 0))));
		const head = (name, one) => h('th.num', { scope: 'col' }, name, one && [' ', h('a', { href: `/t/${one.traceId}` }, one.traceId.slice(0, 8))]);
		this.replaceChildren(h('div.page', {}, h('h1', {}, `Two of ${visible(a.name ?? 'no name', 120)}`),
			h('p.sub', {}, `A: ${day(msOf(a.startTimeUnixNano))}, ${duration(a.durationMs)} · B: ${day(msOf(b.startTimeUnixNano))}, ${duration(b.durationMs)}`),
			h('div.scroll', { tabindex: 0, role: 'region', 'aria-label': 'Comparison' }, h('table.compare', {},
				h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Span'), head('A', a), head('B', b), head('Calls'), head('B − A'))),
				h('tbody', {}, found.map(({ x, y, depth }) => {
					const one = x ?? y;
					const by = (y?.took ?? 0) - (x?.took ?? 0);
					const kind = !x ? 'added' : !y ? 'removed' : '';
					return h(`tr${kind ? `.${kind}` : ''}`, {},
						h('th', { scope: 'row', css: { 'padding-inline-start': `${0.5 + Math.min(depth, 20)}rem` } }, dot(one.service), ' ', visible(one.name, 120), kind && h('span.badge', {}, kind)),
						h('td.num', {}, x ? duration(x.took / 1e6) : '–'), h('td.num', {}, y ? duration(y.took / 1e6) : '–'),
						h('td.num', {}, x?.count === y?.count ? String(x.count) : `${x?.count ?? 0} → ${y?.count ?? 0}`),
						h('td.delta', {}, h(`span.delta-bar${by > 0 ? '.slower' : '.faster'}`, { 'aria-hidden': 'true', css: { width: `${(Math.abs(by) / most) * 6}rem` } }), h('span.num', {}, `${by > 0 ? '+' : ''}${duration(by / 1e6)}`)));
				}))))));
	}
}

customElements.define('o-compare', Compare);
