// A list that grows at both ends: what is new waits until it moves nothing that is read.

import { h } from './dom.js';
import { ask } from './api.js';

/** The entries that `path` answers as `name`; `key(one)` names one, `kept` of them stay, `paint()` draws. */
export class Growing {
	list = [];
	#known = new Map();
	#waiting = new Map();
	#next = null;

	constructor({ path, name, key, kept, paint, top }) {
		Object.assign(this, { path, name, key, kept, paint });
		this.button = h('button.more', { hidden: true, onclick: top });
	}

	get waits() { return this.#waiting.size > 0; }

	/** Asks for the first page. */
	async begin(question, signal) {
		const page = await ask(this.path, question, signal);
		this.question = question;
		this.list = page[this.name];
		this.#known = new Map(this.list.map((one) => [this.key(one), one]));
		this.#waiting.clear();
		this.#next = page.next;
		return page;
	}

	/** Takes what came, the oldest first, and counts what is new. */
	add(entries) {
		let fresh = 0;
		for (const one of entries) {
			const key = this.key(one);
			const known = this.#known.get(key);
			if (known) Object.assign(known, one);
			else {
				if (!this.#waiting.has(key)) fresh += 1;
				this.#waiting.set(key, one);
			}
		}
		for (const key of this.#waiting.keys()) {
			if (this.#waiting.size <= this.kept) break;
			this.#waiting.delete(key);
		}
		this.#say();
		return fresh;
	}

	/** Puts on top what waits, and counts it. */
	take() {
		const fresh = [...this.#waiting.values()].reverse();
		this.#waiting.clear();
		for (const one of fresh) this.#known.set(this.key(one), one);
		this.list = [...fresh, ...this.list];
		for (const one of this.list.splice(this.kept)) { this.#known.delete(this.key(one)); this.#next = undefined; }
		this.#say();
		return fresh.length;
	}

	#say() {
		this.button.hidden = !this.waits;
		this.button.textContent = `${this.#waiting.size} new ↑`;
	}

	/** Asks for the page behind the last. */
	async older() {
		const [after, { question }] = [this.#next, this];
		if (!after || this.list.length >= this.kept) return;
		this.#next = undefined;
		try {
			const page = await ask(this.path, { ...question, after });
			if (question !== this.question) return;
			for (const one of page[this.name]) {
				const key = this.key(one);
				if (this.#known.has(key)) continue;
				this.#known.set(key, one);
				this.list.push(one);
			}
			this.#next = page.next;
			this.paint();
		} catch { /* The stream tells whether the collector is there. */ }
	}
}
