// What failed, equal failures as one line.

import { h, s, dot, visible, seldom } from './dom.js';
import { ask, Latest, path } from './api.js';
import { live } from './live.js';
import { set } from './router.js';
import { clock, msOf } from './format.js';
import { AskBox } from './ask.js';

/** Thirty minutes as bars. */
function bars(numbers) {
	const most = Math.max(1, ...numbers);
	return s('svg', { class: 'bars', viewBox: `0 0 ${numbers.length * 4} 20`, role: 'img', 'aria-label': `the last ${numbers.length} minutes, at most ${most} in one` },
		numbers.map((n, i) => s('rect', { x: i * 4, y: 20 - (n ? Math.max(2, (n / most) * 20) : 0), width: 3, height: n ? Math.max(2, (n / most) * 20) : 0 })));
}

class Errors extends HTMLElement {
	#latest = new Latest();

	connectedCallback() {
		document.title = 'Errors · otelier';
		this.box = new AskBox({ label: 'Query for errors', hint: 'service:api timeout', changed: (q) => set({ q }) });
		this.body = h('div.page', {});
		this.append(h('h1.away', {}, 'Errors'), h('div.bar', {}, this.box.element), this.body);
		this.again = seldom(2000, () => this.#load());
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
			const page = await this.#latest.run((signal) => ask('/api/errors', { query: this.query, limit: 200 }, signal));
			if (!page) return;
			this.body.replaceChildren(page.errors.length ? h('ul.errors', {}, page.errors.map((one) => h('li', {},
				h('div.error-what', {}, h('a', { href: path(`/t/${one.traceId}`, { span: one.spanId }) }, h('span.bad', {}, `✕ ${visible(one.type || 'error', 120)}`)),
					h('p', {}, visible(one.message, 400)), one.frame && h('p.mute', {}, h('code', {}, visible(one.frame, 200))),
					h('p.mute', {}, dot(one.service), ' ', visible(one.service, 60), ' · ', visible(one.name, 120))),
				bars(one.perMinute), h('span.count', {}, String(one.count), h('span.away', {}, ' times')), h('span.time', {}, clock(msOf(one.lastTimeUnixNano)))))) : h('div.none', {}, this.query ? 'No error matches.' : 'No errors.'));
		} catch (error) {
			if (error.column) this.box.refuse(error.message, error.column);
			else this.body.replaceChildren(h('div.none', {}, `${error.message}.`));
		}
	}
}

customElements.define('o-errors', Errors);
