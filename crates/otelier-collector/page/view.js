// What the map, errors, metrics and conversations have in common: questions, asked again when something came.

import { h, seldom } from './dom.js';
import { Latest } from './api.js';
import { live } from './live.js';
import { set } from './router.js';
import { AskBox } from './ask.js';

/** A view with a query; `load(signal)` asks and draws. */
export class View extends HTMLElement {
	#latest = new Latest();

	constructor({ title, hint, kinds, every, names }) {
		super();
		Object.assign(this, { title_: title, hint, kinds, every, names });
	}

	connectedCallback() {
		document.title = `${this.title_} · otelier`;
		this.box = new AskBox({ label: `Query for ${this.title_.toLowerCase()}`, hint: this.hint, changed: (q) => set({ q }) });
		this.body = this.body_();
		this.append(h('h1.away', {}, this.title_), h('div.bar', {}, this.box.element), this.body);
		this.again = seldom(this.every, () => this.reload());
		this.leave = live.follow({
			change: ({ detail }) => {
				if (!document.hidden && this.kinds.some((kind) => detail.accepted[kind] !== detail.before?.accepted[kind])) this.again();
			},
			reset: this.again,
		});
	}

	disconnectedCallback() {
		this.leave();
		this.again.stop();
		this.#latest.stop();
	}

	show(url) {
		this.query = url.searchParams.get('q') ?? '';
		this.box.set(this.query);
		live.open('', live.last?.version ?? '');
		this.reload();
	}

	async reload() {
		try {
			await this.#latest.run((signal) => this.load(signal));
		} catch (error) {
			this.box.fail(error, (words) => this.fail(h('div.none', {}, words)));
		}
	}

	fail(words) { this.body.replaceChildren(words); }
}

/** A list, and beside it what is chosen of it. */
export class Choice extends View {
	body_() {
		this.list = h('nav.instruments', { 'aria-label': this.names[0], tabindex: -1 });
		this.detail = h('section.detail', { 'aria-label': this.names[1], tabindex: 0 });
		return h('div.split.metric-split', {}, this.list, this.detail);
	}

	lists(make) { refill(this.list, make); }
	shows(make) { refill(this.detail, make); }
	fail(words) { this.detail.replaceChildren(words); }

	press(event) {
		const links = [...this.list.querySelectorAll('a')];
		const by = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
		if (!by || !links.length || event.target.closest?.('.detail')) return false;
		const at = links.indexOf(document.activeElement);
		links[Math.max(0, Math.min(at + by, links.length - 1))].focus();
		return true;
	}
}

/** Puts other parts into a place, and leaves the focus where it was. */
function refill(place, make) {
	const at = [...place.querySelectorAll('a, button, select, summary')].indexOf(document.activeElement);
	place.replaceChildren(...make().filter(Boolean));
	if (at >= 0) place.querySelectorAll('a, button, select, summary')[at]?.focus({ preventScroll: true });
}
