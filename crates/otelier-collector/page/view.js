// What the map, errors and metrics have in common: one question, asked again when something came.

import { h, seldom } from './dom.js';
import { Latest } from './api.js';
import { live } from './live.js';
import { set } from './router.js';
import { AskBox } from './ask.js';

/** A view with a query; `load(signal)` asks and draws. */
export class View extends HTMLElement {
	#latest = new Latest();

	constructor({ title, hint, kind, every }) {
		super();
		Object.assign(this, { title_: title, hint, kind, every });
	}

	connectedCallback() {
		document.title = `${this.title_} · otelier`;
		this.box = new AskBox({ label: `Query for ${this.title_.toLowerCase()}`, hint: this.hint, changed: (q) => set({ q }) });
		this.body = this.body_();
		this.append(h('h1.away', {}, this.title_), h('div.bar', {}, this.box.element), this.body);
		this.again = seldom(this.every, () => this.reload());
		this.leave = live.follow({
			change: ({ detail }) => {
				if (!document.hidden && detail.accepted[this.kind] !== detail.before?.accepted[this.kind]) this.again();
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
