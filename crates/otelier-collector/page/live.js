// The stream of changes: one for the page, opened again when what is looked for changes.

import { path } from './api.js';

/** Events: `change` and `reset` (with the collector's words), `state`. */
class Live extends EventTarget {
	state = 'connecting';
	last = null;
	#source = null;
	#query = null;
	#timer = 0;
	#wait = 1000;

	/** Hears events by their names, until what it returns is called. */
	follow(hear) {
		for (const [kind, work] of Object.entries(hear)) this.addEventListener(kind, work);
		return () => { for (const [kind, work] of Object.entries(hear)) this.removeEventListener(kind, work); };
	}

	/** Listens to traces that match; without a query to all. */
	open(query = '', after = '') {
		if (this.#source && this.#query === query) return;
		this.#query = query;
		this.#connect(after);
	}

	rest() {
		this.resting = this.#source !== null;
		this.close();
	}

	wake() {
		if (!this.resting) return;
		this.resting = false;
		this.#connect(this.last?.version ?? '');
	}

	close() {
		clearTimeout(this.#timer);
		this.#source?.close();
		this.#source = null;
	}

	#connect(after) {
		this.close();
		const source = new EventSource(path('/api/stream', { query: this.#query, after }));
		this.#source = source;
		for (const kind of ['change', 'reset']) {
			source.addEventListener(kind, (event) => {
				let words;
				try { words = JSON.parse(event.data); } catch { return; }
				this.#wait = 1000;
				const before = this.last;
				this.last = words;
				this.#become('live');
				this.dispatchEvent(new CustomEvent(kind, { detail: { ...words, before } }));
			});
		}
		source.onerror = () => {
			if (source !== this.#source) return;
			this.#become('lost');
			// A browser tries again by itself, unless it was refused.
			if (source.readyState === EventSource.CLOSED) {
				this.#timer = setTimeout(() => this.#connect(this.last?.version ?? ''), this.#wait);
				this.#wait = Math.min(this.#wait * 2, 15_000);
			}
		};
	}

	#become(state) {
		if (state === this.state) return;
		const before = this.state;
		this.state = state;
		this.dispatchEvent(new CustomEvent('state', { detail: { state, before } }));
	}
}

export const live = new Live();

// A browser has six connections to one server: a page that nobody sees gives its own back.
let unseen = 0;
document.addEventListener('visibilitychange', () => {
	clearTimeout(unseen);
	if (document.hidden) unseen = setTimeout(() => live.rest(), 10_000);
	else live.wake();
});
addEventListener('pagehide', () => live.rest());
addEventListener('pageshow', (event) => { if (event.persisted) live.wake(); });
